//! Validation rules of a framework.

use super::model::Framework;
use crate::domain::errors::codes::ErrorCode;
use crate::kinds::validation::Validation;
use std::collections::HashSet;

impl Framework {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        validation.require_end_not_before_start("/period", self.adopted.as_ref(), self.period.as_ref());
        validation.require_items_not_empty("/objectives", &self.objectives);
        let mut seen = HashSet::new();
        for (index, objective) in self.objectives.iter().enumerate() {
            validation.require_items_not_empty(&format!("/objectives/{index}/measures"), &objective.measures);
            if let Some(number) = objective.number.filter(|number| !seen.insert(number.0)) {
                let args = vec![("value", number.0.to_string())];
                validation.add_error(format!("/objectives/{index}/number"), ErrorCode::Repeated, args);
            }
        }
    }
}
