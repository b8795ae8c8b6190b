//! Validation rules of an organisation.

use super::model::{Organisation, Presidency};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::kinds::validation::Validation;
use crate::store::references;

impl Presidency {
    /// Whether the two certainly overlap. An end and a start on the same day do not.
    fn overlaps(&self, other: &Self) -> bool {
        let starts_within = |one: &Self, other: &Self| match (&one.since, &other.until) {
            (Some(since), Some(until)) => since.edtf().is_definitely_before(until.edtf()),
            _ => false,
        };
        starts_within(self, other) && starts_within(other, self)
    }
}

impl Organisation {
    pub(super) fn apply_rules(&self, validation: &mut Validation) {
        validation.require_periods_in_order(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        validation.require_periods_in_order(
            "/members",
            self.members.iter().map(|member| (member.since.as_ref(), member.until.as_ref())),
        );
        validation.require_periods_in_order(
            "/presidencies",
            self.presidencies.iter().map(|term| (term.since.as_ref(), term.until.as_ref())),
        );
        for (index, term) in self.presidencies.iter().enumerate() {
            if self.presidencies.iter().take(index).any(|before| before.overlaps(term)) {
                validation.add_warning(
                    format!("/presidencies/{index}"),
                    ErrorCode::PresidenciesOverlap,
                    vec![],
                );
            }
        }
        validation.require_no_contact_details("/role", self.role.as_ref());
        validation
            .require_no_contact_details("/contact/role", self.contact.as_ref().map(|contact| &contact.role));
        for (index, objective) in self.objectives.iter().enumerate() {
            validation.require_no_contact_details(&format!("/objectives/{index}"), Some(objective));
        }
    }

    pub(super) fn apply_database_rules(
        &self,
        id: Id,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        let parent = self.parent.as_ref().and_then(|parent| types::parse_record_id(parent.id()));
        if references::is_ancestor(tx, id, parent, "/parent")? {
            validation.add_error("/parent", ErrorCode::Cycle, vec![]);
        }
        Ok(())
    }
}
