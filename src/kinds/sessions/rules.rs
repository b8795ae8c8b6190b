//! Validation rules of a session.

use super::model::Session;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::kinds::rencontres::model::Rencontre;
use crate::kinds::validation::Validation;
use crate::kinds::{content_verifier, definition};
use crate::store::damage;

impl Session {
    /// Adds a warning if it takes place neither during its edition nor on one of the edition's related dates.
    pub(super) fn apply_database_rules(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        let Some(edition) = types::parse_record_id(self.rencontre.id()) else { return Ok(()) };
        for (_, mut members) in
            content_verifier::load_contents(tx, definition::definition_of::<Rencontre>(), &[edition])?
        {
            let dates: Option<PartialDate> =
                damage::parse_stored_member(Kind::Rencontre, edition, &mut members, "dates")?;
            let related: Vec<PartialDate> =
                damage::parse_stored_member(Kind::Rencontre, edition, &mut members, "related_dates")?;
            validation.expect_within_any(
                "/date",
                self.date.as_ref(),
                &dates.iter().chain(&related).collect::<Vec<_>>(),
            );
        }
        Ok(())
    }
}
