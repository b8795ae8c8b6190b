//! The rules of a signed text.

use super::Memorandum;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::Code;
use crate::registry::{Checks, people, store};
use crate::vocabulary::Kind;

impl Memorandum {
    pub(super) fn rules(&self, checks: &mut Checks) {
        if self.parties.is_empty() {
            checks.fault("/parties", Code::Empty, vec![]);
        }
        let parties = || self.parties.iter().map(|party| party.party.id());
        checks.once(parties(), |index| format!("/parties/{index}/party"));
        for (index, signatory) in self.signatories.iter().enumerate() {
            if !parties().any(|party| party == signatory.party.id()) {
                checks.fault(format!("/signatories/{index}/party"), Code::NotAParty, vec![]);
            }
        }
        checks.order("/in_force_from", self.signed.as_ref(), self.in_force_from.as_ref());
        checks.order("/expires", self.in_force_from.as_ref().or(self.signed.as_ref()), self.expires.as_ref());
        checks.filled("/approvals", &self.approvals);
        checks.filled("/follow_ups", &self.follow_ups);
    }

    pub(super) fn rules_among(&self, id: Id, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let renewed = self.renewal_of.as_ref().and_then(|renewed| store::parse_id(renewed.id()));
        if store::is_above(tx, id, renewed, "/renewal_of")? {
            checks.fault("/renewal_of", Code::Cycle, vec![]);
        }
        if let Some(partnership) =
            self.partnership.as_ref().and_then(|partnership| store::parse_id(partnership.id()))
        {
            let joined = store::targets(tx, partnership, "/parties/authority")?;
            for (index, party) in self.parties.iter().enumerate() {
                let is_joined =
                    store::parse_id(party.party.id()).is_some_and(|party| joined.contains(&party));
                if party.party.kind() == Some(Kind::Authority) && !is_joined {
                    checks.fault(format!("/parties/{index}/party"), Code::NotPartyOfPartnership, vec![]);
                }
            }
        }
        self.rules_of_mandates(tx, checks)
    }

    /// Who signed was in office, as far as the offices of that person and their dates are known.
    fn rules_of_mandates(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let Some(signed) = &self.signed else { return Ok(()) };
        let person = |index: usize| store::parse_id(self.signatories.get(index)?.person.as_ref()?.id());
        let people: Vec<(usize, Id)> =
            (0..self.signatories.len()).filter_map(|at| Some((at, person(at)?))).collect();
        let mandates = people::mandates(tx, &people.iter().map(|(_, person)| *person).collect::<Vec<_>>())?;
        for (index, person) in people {
            let held = mandates.get(&person).filter(|held| !held.is_empty());
            if held.is_some_and(|held| held.iter().all(|mandate| mandate.excludes(signed))) {
                checks.warn(format!("/signatories/{index}/person"), Code::MandateDoesNotCover, vec![]);
            }
        }
        Ok(())
    }
}
