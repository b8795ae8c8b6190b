//! Validation rules of a memorandum.

use super::model::Memorandum;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::kind::Kind;
use crate::kinds::people::queries;
use crate::kinds::validation::Validation;
use crate::store::references;

impl Memorandum {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        if self.parties.is_empty() {
            validation.add_error("/parties", ErrorCode::Empty, vec![]);
        }
        let parties = || self.parties.iter().map(|party| party.party.id());
        validation.require_unique_ids(parties(), |index| format!("/parties/{index}/party"));
        for (index, signatory) in self.signatories.iter().enumerate() {
            if !parties().any(|party| party == signatory.party.id()) {
                validation.add_error(format!("/signatories/{index}/party"), ErrorCode::NotAParty, vec![]);
            }
        }
        validation.require_end_not_before_start(
            "/in_force_from",
            self.signed.as_ref(),
            self.in_force_from.as_ref(),
        );
        validation.require_end_not_before_start(
            "/expires",
            self.in_force_from.as_ref().or(self.signed.as_ref()),
            self.expires.as_ref(),
        );
        validation.require_items_not_empty("/approvals", &self.approvals);
        validation.require_items_not_empty("/follow_ups", &self.follow_ups);
    }

    pub(super) fn apply_database_rules(
        &self,
        id: Id,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        let renewed = self.renewal_of.as_ref().and_then(|renewed| types::parse_record_id(renewed.id()));
        if references::is_ancestor(tx, id, renewed, "/renewal_of")? {
            validation.add_error("/renewal_of", ErrorCode::Cycle, vec![]);
        }
        if let Some(partnership) =
            self.partnership.as_ref().and_then(|partnership| types::parse_record_id(partnership.id()))
        {
            let partners = references::list_targets(tx, partnership, "/parties/authority")?;
            for (index, party) in self.parties.iter().enumerate() {
                let is_partner =
                    types::parse_record_id(party.party.id()).is_some_and(|party| partners.contains(&party));
                if party.party.kind() == Some(Kind::Authority) && !is_partner {
                    validation.add_error(
                        format!("/parties/{index}/party"),
                        ErrorCode::NotPartyOfPartnership,
                        vec![],
                    );
                }
            }
        }
        self.validate_mandates(tx, validation)
    }

    /// Adds a warning for each signatory all of whose recorded mandates exclude the date of signature.
    fn validate_mandates(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        let Some(signed) = &self.signed else { return Ok(()) };
        let person =
            |index: usize| types::parse_record_id(self.signatories.get(index)?.person.as_ref()?.id());
        let people: Vec<(usize, Id)> =
            (0..self.signatories.len()).filter_map(|index| Some((index, person(index)?))).collect();
        let mandates =
            queries::load_mandates(tx, &people.iter().map(|(_, person)| *person).collect::<Vec<_>>())?;
        for (index, person) in people {
            let mandates = mandates.get(&person).filter(|mandates| !mandates.is_empty());
            if mandates.is_some_and(|mandates| mandates.iter().all(|mandate| mandate.excludes(signed))) {
                validation.add_warning(
                    format!("/signatories/{index}/person"),
                    ErrorCode::MandateDoesNotCover,
                    vec![],
                );
            }
        }
        Ok(())
    }
}
