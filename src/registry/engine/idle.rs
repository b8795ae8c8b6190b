//! Writes that change nothing, told without writing: who sends again what is there waits for no other writer.

use super::patch::Patch;
use super::target::Goal;
use super::write::{Precondition, Written, prepare};
use super::{Author, Draft, Name, lookup};
use crate::clock::Clock;
use crate::db::{Conn, Failure, Outcome};
use crate::registry::store::Head;
use crate::vocabulary::Kind;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// A write that may change nothing.
#[derive(Debug, Clone, Copy)]
pub struct Idle<'a> {
    /// Who writes.
    pub author: &'a Author,
    /// The kind.
    pub kind: Kind,
    /// The record.
    pub name: &'a Name,
    /// What the caller requires of it.
    pub precondition: &'a Precondition,
    /// The day.
    pub today: Date,
    /// The time.
    pub clock: &'a Clock,
}

impl Idle<'_> {
    /// What a patch gives that changes nothing; none where it may change something, or is refused.
    ///
    /// # Errors
    /// When the database fails.
    pub fn patched(self, tx: &mut Conn, patch: &Patch) -> Outcome<Option<Written>> {
        let Some((head, was)) = self.stored(tx, true)? else { return Ok(None) };
        let was = patch.document(tx, &head, was, false, self.clock)?;
        let body = patch.apply(was.clone()).ok().filter(|body| *body == was);
        match body.map(|body| Draft::read(self.kind, body, None)) {
            Some(Ok(draft)) => self.told(tx, head, draft),
            _ => Ok(None),
        }
    }

    /// As [`Idle::patched`], of a body that takes the place of what is there.
    ///
    /// # Errors
    /// When the database fails.
    pub fn put(self, tx: &mut Conn, draft: &Draft) -> Outcome<Option<Written>> {
        let is_by_id = matches!(self.name, Name::Id(_));
        let Some((head, was)) = self.stored(tx, is_by_id)? else { return Ok(None) };
        let members = draft.content.json();
        let is_kept = |(name, value): (&String, &Value)| was.get(name) == Some(value);
        if !members.as_object().is_some_and(|members| members.iter().all(is_kept)) {
            return Ok(None);
        }
        self.told(tx, head, draft.clone())
    }

    /// The live record and its members, where the precondition, which may be `needed`, admits a write.
    fn stored(self, tx: &mut Conn, needed: bool) -> Outcome<Option<(Head, Map<String, Value>)>> {
        let head = lookup(tx, self.kind, self.name)?.filter(|head| !head.is_deleted());
        let head = head.filter(|head| self.precondition.admits(head, needed).is_ok());
        Ok(match head {
            Some(head) => {
                let members = head.members()?;
                Some((head, members))
            }
            None => None,
        })
    }

    fn told(self, tx: &mut Conn, head: Head, draft: Draft) -> Outcome<Option<Written>> {
        let goal = Goal::Replace(self.name.clone(), head.id);
        unchanged(tx, self.author, self.kind, &goal, head, draft, self.precondition, self.today)
    }
}

/// What a write gives that changes nothing; none where it would change something, or would be refused.
///
/// # Errors
/// When the database fails.
#[expect(clippy::too_many_arguments, reason = "those of `write`, and the row")]
pub fn unchanged(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    goal: &Goal,
    head: Head,
    draft: Draft,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Option<Written>> {
    match prepare(tx, author, kind, goal, Some(head), draft, precondition, today) {
        Ok(writing) => Ok(writing.unchanged()),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
