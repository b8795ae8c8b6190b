//! The rules of a partnership.

use super::Partnership;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::Checks;
use crate::registry::shelf::Facts;
use crate::registry::store::{self, LONGEST_KEY};
use crate::vocabulary::codes::{Country, PartnershipStatus, Vocabulary as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

impl Partnership {
    /// Whether the relation still counts against another between the same authorities.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.status, PartnershipStatus::Ended | PartnershipStatus::Superseded)
    }

    /// The parties, whatever their order; of many their digest, which fits in an index.
    pub(super) fn party_set(&self) -> String {
        let mut ids: Vec<&str> = self.parties.iter().map(|party| party.authority.id()).collect();
        ids.sort_unstable();
        let set = ids.join(" ");
        if set.len() <= LONGEST_KEY { set } else { URL_SAFE_NO_PAD.encode(Sha256::digest(set)) }
    }

    pub(super) fn rules(&self, facts: &Facts<'_>, checks: &mut Checks) {
        checks.order("/until", self.since.as_ref(), self.until.as_ref());
        if self.status == PartnershipStatus::Ended && self.until.is_none() && self.status_reason.is_none() {
            checks.fault("/status", Code::EndNeeded, vec![]);
        }
        if self.status == PartnershipStatus::Dormant && self.last_activity.is_none() && facts.citations == 0 {
            checks.fault("/status", Code::ActivityNeeded, vec![]);
        }
        if self.parties.is_empty() {
            checks.fault("/parties", Code::Required, vec![]);
        }
        let parties = self.parties.iter().map(|party| party.authority.id());
        checks.once(parties, |index| format!("/parties/{index}/authority"));
    }

    pub(super) fn rules_among(
        &self,
        id: Id,
        facts: &Facts<'_>,
        tx: &mut Conn,
        checks: &mut Checks,
    ) -> Outcome<()> {
        let parties: Vec<Id> =
            self.parties.iter().filter_map(|party| store::parse_id(party.authority.id())).collect();
        let countries = super::store::countries(tx, &parties)?;
        if Country::ALL.iter().any(|country| !countries.iter().any(|held| held == country.code())) {
            checks.fault("/parties", Code::BothSides, vec![]);
        }
        // What is new is referred to by nothing yet.
        let signed = match facts.before {
            Some(_) => super::store::authorities_of_memoranda(tx, id)?,
            None => vec![],
        };
        for party in signed.iter().filter(|party| !parties.contains(party)) {
            checks.fault("/parties", Code::PartySigned, vec![("id", party.to_string())]);
        }
        let other = super::store::open(tx, &self.party_set(), id)?;
        match other.filter(|_| self.is_open()) {
            Some(other) => {
                let existing = json!({"kind": "partnership", "id": other.to_string(), "href": format!("/v1/partnerships/{other}")});
                Err(Problem::new(Code::PartiesTaken).with("existing", existing).into())
            }
            None => Ok(()),
        }
    }
}
