//! The rules of a visit.

use super::Visit;
use crate::error::Code;
use crate::registry::Checks;

impl Visit {
    pub(super) fn rules(&self, checks: &mut Checks) {
        for (name, delegates) in [("delegation", &self.delegation), ("hosts", &self.hosts)] {
            for (index, delegate) in delegates.iter().enumerate() {
                if delegate.person.is_none() && delegate.represents.is_none() {
                    checks.fault(format!("/{name}/{index}"), Code::Required, vec![]);
                }
            }
        }
        for (index, stop) in self.stops.iter().enumerate() {
            checks.inside(&format!("/stops/{index}/dates"), stop.dates.as_ref(), &[&self.dates]);
        }
        checks.filled("/stops", &self.stops);
        checks.filled("/purposes", &self.purposes);
        checks.filled("/outcomes", &self.outcomes);
    }
}
