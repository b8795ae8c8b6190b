//! The rules of an organisation.

use super::{Organisation, Presidency};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::Code;
use crate::registry::{Checks, store};

impl Presidency {
    /// Whether both certainly last at the same time; handing over within a day is no overlap.
    fn overlaps(&self, other: &Self) -> bool {
        let starts_within = |one: &Self, other: &Self| match (&one.since, &other.until) {
            (Some(since), Some(until)) => since.edtf().is_definitely_before(until.edtf()),
            _ => false,
        };
        starts_within(self, other) && starts_within(other, self)
    }
}

impl Organisation {
    pub(super) fn rules(&self, checks: &mut Checks) {
        checks.periods(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        checks.periods(
            "/members",
            self.members.iter().map(|member| (member.since.as_ref(), member.until.as_ref())),
        );
        checks.periods(
            "/presidencies",
            self.presidencies.iter().map(|term| (term.since.as_ref(), term.until.as_ref())),
        );
        for (index, term) in self.presidencies.iter().enumerate() {
            if self.presidencies.iter().take(index).any(|before| before.overlaps(term)) {
                checks.warn(format!("/presidencies/{index}"), Code::PresidenciesOverlap, vec![]);
            }
        }
        checks.impersonal("/role", self.role.as_ref());
        checks.impersonal("/contact/role", self.contact.as_ref().map(|contact| &contact.role));
        for (index, objective) in self.objectives.iter().enumerate() {
            checks.impersonal(&format!("/objectives/{index}"), Some(objective));
        }
    }

    pub(super) fn rules_among(&self, id: Id, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let parent = self.parent.as_ref().and_then(|parent| store::parse_id(parent.id()));
        if store::is_above(tx, id, parent, "/parent")? {
            checks.fault("/parent", Code::Cycle, vec![]);
        }
        Ok(())
    }
}
