//! Validation rules of a partnership.

use super::model::Partnership;
use super::queries;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::partnership::PartnershipStatus;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::RuleContext;
use crate::kinds::validation::Validation;
use crate::store::projections::MAX_SORT_KEY_BYTES;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

impl Partnership {
    /// Whether it is neither ended nor superseded. The same authorities may have only one open partnership.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.status, PartnershipStatus::Ended | PartnershipStatus::Superseded)
    }

    /// Returns the sorted ids of the parties, or their SHA-256 digest if they are too long for an index.
    pub(super) fn party_set_key(&self) -> String {
        let mut ids: Vec<&str> = self.parties.iter().map(|party| party.authority.id()).collect();
        ids.sort_unstable();
        let set = ids.join(" ");
        if set.len() <= MAX_SORT_KEY_BYTES { set } else { URL_SAFE_NO_PAD.encode(Sha256::digest(set)) }
    }

    pub(super) fn apply_rules(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        validation.require_end_not_before_start("/until", self.since.as_ref(), self.until.as_ref());
        if self.status == PartnershipStatus::Ended && self.until.is_none() && self.status_reason.is_none() {
            validation.add_error("/status", ErrorCode::EndNeeded, vec![]);
        }
        if self.status == PartnershipStatus::Dormant
            && self.last_activity.is_none()
            && context.citation_count == 0
        {
            validation.add_error("/status", ErrorCode::ActivityNeeded, vec![]);
        }
        if self.parties.is_empty() {
            validation.add_error("/parties", ErrorCode::Required, vec![]);
        }
        let parties = self.parties.iter().map(|party| party.authority.id());
        validation.require_unique_ids(parties, |index| format!("/parties/{index}/authority"));
    }

    pub(super) fn apply_database_rules(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        let parties: Vec<Id> =
            self.parties.iter().filter_map(|party| types::parse_record_id(party.authority.id())).collect();
        let countries = queries::party_countries(tx, &parties)?;
        if Country::ALL.iter().any(|country| !countries.iter().any(|code| code == country.code())) {
            validation.add_error("/parties", ErrorCode::BothSides, vec![]);
        }
        // No memorandum refers to a new partnership yet.
        let signed = match context.previous_content {
            Some(_) => queries::memorandum_authorities(tx, id)?,
            None => vec![],
        };
        for party in signed.iter().filter(|party| !parties.contains(party)) {
            validation.add_error("/parties", ErrorCode::PartySigned, vec![("id", party.to_string())]);
        }
        let other = queries::find_open_partnership(tx, &self.party_set_key(), id)?;
        match other.filter(|_| self.is_open()) {
            Some(other) => {
                let existing = json!({"kind": "partnership", "id": other.to_string(), "href": format!("/v1/partnerships/{other}")});
                Err(Problem::new(ErrorCode::PartiesTaken).with_member("existing", existing).into())
            }
            None => Ok(()),
        }
    }
}
