//! The rules of a session.

use super::Session;
use crate::db::{Conn, Outcome};
use crate::registry::{Checks, content, store};
use crate::vocabulary::{Kind, PartialDate};

/// A date, or a list of dates, of a stored record.
impl Session {
    /// It takes place during its edition or the events around that.
    pub(super) fn rules_among(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let Some(edition) = store::parse_id(self.rencontre.id()) else { return Ok(()) };
        for (_, mut members) in store::contents(tx, &[edition])? {
            let dates: Option<PartialDate> =
                content::stored(Kind::Rencontre, edition, &mut members, "dates")?;
            let related: Vec<PartialDate> =
                content::stored(Kind::Rencontre, edition, &mut members, "related_dates")?;
            checks.inside("/date", self.date.as_ref(), &dates.iter().chain(&related).collect::<Vec<_>>());
        }
        Ok(())
    }
}
