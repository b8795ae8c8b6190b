//! The rules of a session.

use super::Session;
use crate::db::{Conn, TxResult};
use crate::registry::{Validation, content, store};
use crate::vocabulary::{Kind, PartialDate};

/// A date, or a list of dates, of a stored record.
impl Session {
    /// It takes place during its edition or the events around that.
    pub(super) fn apply_database_rules(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        let Some(edition) = store::parse_record_id(self.rencontre.id()) else { return Ok(()) };
        for (_, mut members) in store::load_contents(tx, &[edition])? {
            let dates: Option<PartialDate> =
                content::parse_stored_member(Kind::Rencontre, edition, &mut members, "dates")?;
            let related: Vec<PartialDate> =
                content::parse_stored_member(Kind::Rencontre, edition, &mut members, "related_dates")?;
            validation.expect_within_any(
                "/date",
                self.date.as_ref(),
                &dates.iter().chain(&related).collect::<Vec<_>>(),
            );
        }
        Ok(())
    }
}
