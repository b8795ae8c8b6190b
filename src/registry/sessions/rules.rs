//! The rules of a session.

use super::Session;
use crate::db::{Conn, Outcome};
use crate::registry::{Checks, store};
use crate::vocabulary::{At, Faults, Member, PartialDate, member};
use serde_json::{Map, Value};

/// A date, or a list of dates, of a stored record.
fn stored<T: Member + Default>(content: &mut Map<String, Value>, name: &str) -> T {
    T::read(member::take(content, name), &At::Root, &mut Faults::default()).unwrap_or_default()
}

impl Session {
    /// It takes place during its edition or the events around that.
    pub(super) fn rules_among(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let Some(edition) = store::parse_id(self.rencontre.id()) else { return Ok(()) };
        for (_, mut content) in store::contents(tx, &[edition])? {
            let dates: Option<PartialDate> = stored(&mut content, "dates");
            let related: Vec<PartialDate> = stored(&mut content, "related_dates");
            checks.inside("/date", self.date.as_ref(), &dates.iter().chain(&related).collect::<Vec<_>>());
        }
        Ok(())
    }
}
