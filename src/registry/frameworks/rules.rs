//! The rules of a framework.

use super::Framework;
use crate::error::Code;
use crate::registry::Checks;
use std::collections::HashSet;

impl Framework {
    pub(super) fn rules(&self, checks: &mut Checks) {
        checks.order("/period", self.adopted.as_ref(), self.period.as_ref());
        checks.filled("/objectives", &self.objectives);
        let mut seen = HashSet::new();
        for (index, objective) in self.objectives.iter().enumerate() {
            checks.filled(&format!("/objectives/{index}/measures"), &objective.measures);
            if let Some(number) = objective.number.filter(|number| !seen.insert(number.0)) {
                let facts = vec![("value", number.0.to_string())];
                checks.fault(format!("/objectives/{index}/number"), Code::Repeated, facts);
            }
        }
    }
}
