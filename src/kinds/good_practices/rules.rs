//! Validation rules of a good practice.

use super::model::GoodPractice;
use crate::domain::errors::codes::ErrorCode;
use crate::kinds::validation::Validation;

impl GoodPractice {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        if self.key_points.is_empty() {
            validation.add_error("/key_points", ErrorCode::Empty, vec![]);
        }
        let is_undated = self.population.as_ref().is_some_and(|population| population.as_of.is_none());
        if is_undated && self.updated_on.is_none() {
            validation.add_error("/population/as_of", ErrorCode::DateNeeded, vec![]);
        }
        validation
            .require_no_contact_details("/contact/role", self.contact.as_ref().map(|contact| &contact.role));
        for (index, point) in self.key_points.iter().enumerate() {
            validation.require_no_contact_details(&format!("/key_points/{index}"), Some(point));
        }
    }
}
