//! The rules of a visit.

use super::Visit;
use crate::registry::Checks;

impl Visit {
    pub(super) fn rules(&self, checks: &mut Checks) {
        for (name, delegates) in [("delegation", &self.delegation), ("hosts", &self.hosts)] {
            for (index, delegate) in delegates.iter().enumerate() {
                checks.says(
                    format!("/{name}/{index}"),
                    delegate.person.is_some() || delegate.represents.is_some(),
                );
            }
        }
        for (index, stop) in self.stops.iter().enumerate() {
            checks.says(format!("/stops/{index}"), stop.authority.is_some() || stop.place.is_some());
            checks.inside(&format!("/stops/{index}/dates"), stop.dates.as_ref(), &[&self.dates]);
        }
        for (index, purpose) in self.purposes.iter().enumerate() {
            checks.says(format!("/purposes/{index}"), purpose.code.is_some() || purpose.text.is_some());
        }
        for (index, outcome) in self.outcomes.iter().enumerate() {
            let said = outcome.code.is_some() || outcome.text.is_some() || outcome.result.is_some();
            checks.says(format!("/outcomes/{index}"), said);
        }
    }
}
