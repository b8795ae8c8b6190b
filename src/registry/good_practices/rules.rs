//! The rules of a good practice.

use super::GoodPractice;
use crate::error::Code;
use crate::registry::Checks;

impl GoodPractice {
    pub(super) fn rules(&self, checks: &mut Checks) {
        if self.key_points.is_empty() {
            checks.fault("/key_points", Code::Empty, vec![]);
        }
        let undated = self.population.as_ref().is_some_and(|population| population.as_of.is_none());
        if undated && self.updated_on.is_none() {
            checks.fault("/population/as_of", Code::DateNeeded, vec![]);
        }
        checks.impersonal("/contact/role", self.contact.as_ref().map(|contact| &contact.role));
        for (index, point) in self.key_points.iter().enumerate() {
            checks.impersonal(&format!("/key_points/{index}"), Some(point));
        }
    }
}
