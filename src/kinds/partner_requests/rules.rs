//! Validation rules of a partner request.

use super::model::PartnerRequest;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::authorities;
use crate::db::types;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::validation::Validation;
use diesel::prelude::*;

impl PartnerRequest {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        validation.require_end_not_before_start("/closed", self.opened.as_ref(), self.closed.as_ref());
        validation.require_no_contact_details("/text", Some(&self.text));
    }

    /// Adds an error if the partner is wanted in the authority's own country: a partnership needs both
    /// countries.
    pub(super) fn apply_database_rules(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        let Some(authority) = types::parse_record_id(self.authority.id()) else { return Ok(()) };
        let own_country = authorities::table.find(authority).select(authorities::country);
        let own_country: Option<String> = own_country.first(tx).optional()?;
        if own_country.as_deref() == Some(self.wanted_country.code()) {
            validation.add_error("/wanted_country", ErrorCode::OwnCountry, vec![]);
        }
        Ok(())
    }
}
