//! Validation rules of a visit.

use super::model::Visit;
use crate::domain::errors::codes::ErrorCode;
use crate::kinds::validation::Validation;

impl Visit {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        for (name, delegates) in [("delegation", &self.delegation), ("hosts", &self.hosts)] {
            for (index, delegate) in delegates.iter().enumerate() {
                if delegate.person.is_none() && delegate.represents.is_none() {
                    validation.add_error(format!("/{name}/{index}"), ErrorCode::Required, vec![]);
                }
            }
        }
        for (index, stop) in self.stops.iter().enumerate() {
            validation.expect_within_any(
                &format!("/stops/{index}/dates"),
                stop.dates.as_ref(),
                &[&self.dates],
            );
        }
        validation.require_items_not_empty("/stops", &self.stops);
        validation.require_items_not_empty("/purposes", &self.purposes);
        validation.require_items_not_empty("/outcomes", &self.outcomes);
    }
}
