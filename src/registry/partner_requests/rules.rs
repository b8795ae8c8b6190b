//! The rules of a partner request.

use super::PartnerRequest;
use crate::db::schema::authorities;
use crate::db::{Conn, Outcome};
use crate::error::Code;
use crate::registry::{Checks, store};
use crate::vocabulary::codes::Vocabulary as _;
use diesel::prelude::*;

impl PartnerRequest {
    pub(super) fn rules(&self, checks: &mut Checks) {
        checks.order("/closed", self.opened.as_ref(), self.closed.as_ref());
        checks.impersonal("/text", Some(&self.text));
    }

    /// A partnership joins both countries, so a partner at home is none.
    pub(super) fn rules_among(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let Some(authority) = store::parse_id(self.authority.id()) else { return Ok(()) };
        let own = authorities::table.find(authority).select(authorities::country);
        let own: Option<String> = own.first(tx).optional()?;
        if own.as_deref() == Some(self.wanted_country.code()) {
            checks.fault("/wanted_country", Code::OwnCountry, vec![]);
        }
        Ok(())
    }
}
