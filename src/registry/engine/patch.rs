//! Changing a part of a record: a merge patch over what is stored or a JSON Patch over what GET shows, then the path of a
//! replacement.

use super::adopt::live_or_adopted;
use super::present::{self, present_past};
use super::target::{Goal, untaken};
use super::write::{Precondition, Written, write, write_over};
use super::{Author, Draft, Knowledge, Name, live_and_locked, rebase};
use crate::clock::Clock;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::registry::store::Head;
use crate::vocabulary::json_patch::JsonPatch;
use crate::vocabulary::{Kind, merge_patch};
use serde_json::{Map, Value};

/// A change of a part.
#[derive(Debug, Clone)]
pub enum Patch {
    /// RFC 7396: members given replace, null removes.
    Merge(Value),
    /// RFC 6902: operations, also inside lists.
    Operations(JsonPatch),
}

impl Patch {
    /// Whether it puts something in the place of the whole record.
    fn is_whole(&self) -> bool {
        matches!(self, Self::Operations(operations) if operations.replaces_all())
    }

    /// What it is applied to: of a stored record, whose name is given, either that or what GET shows. A caller's `test` is
    /// about what the caller has seen, and what is read-only is ignored afterwards as in every body.
    pub(super) fn document(
        &self,
        tx: &mut Conn,
        head: &Head,
        stored: Map<String, Value>,
        is_past: bool,
        clock: &Clock,
    ) -> Outcome<Value> {
        let kind = Kind::from_name(&head.kind).ok_or_else(|| Problem::new(Code::Internal))?;
        match self {
            Self::Merge(_) => Ok(stored.into()),
            Self::Operations(_) if is_past => Ok(present_past(tx, kind, head.place(), stored, clock)?.into()),
            Self::Operations(_) => Ok(present::one(tx, kind, head, clock)?.into()),
        }
    }

    /// The body that it makes of such a document.
    ///
    /// # Errors
    /// 422 when the patch does not apply.
    pub(super) fn apply(&self, mut document: Value) -> Result<Value> {
        match self {
            Self::Merge(change) => merge_patch::apply(&mut document, change),
            Self::Operations(operations) => {
                document = operations.apply(document).map_err(|fault| Problem::invalid(vec![fault]))?;
            }
        }
        Ok(document)
    }
}

/// Applies a patch to the record, or to its version `base` and what that changes to the record.
///
/// # Errors
/// As [`write()`]; 422 when the patch does not apply.
#[expect(
    clippy::too_many_arguments,
    reason = "a write takes who, what, onto what, and under which conditions"
)]
pub fn patch(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    name: &Name,
    patch: &Patch,
    precondition: &Precondition,
    base: Option<i64>,
    clock: &Clock,
) -> Outcome<Written> {
    let today = clock.today();
    let (head, adopted) = live_or_adopted(tx, &author.stamp, kind, name, today)?;
    let head = live_and_locked(tx, kind, head)?;
    let id = head.id;
    precondition.admits(&head, true)?;
    let stored = match base {
        Some(version) => rebase::base(tx, &head, version)?,
        None => head.members()?,
    };
    let body = patch.apply(patch.document(tx, &head, stored, base.is_some(), clock)?)?;
    let read = if patch.is_whole() { Draft::read_whole } else { Draft::read };
    let draft = read(kind, body, Some(&id.to_string())).map_err(Problem::invalid)?;
    let draft = Draft { adopted, ..draft };
    let goal = Goal::Replace(Name::Id(id), id);
    // What it changes it names. Only a body that takes the place of the whole may lack what its author does not know.
    let knowledge = match precondition.knowledge {
        Knowledge::Nothing if !patch.is_whole() => Knowledge::Purpose,
        knowledge => knowledge,
    };
    let precondition = &Precondition { knowledge, ..precondition.clone() };
    if let Some(version) = base {
        let draft = rebase::rebase(tx, &author.stamp, kind, &Name::Id(id), (version, false), draft, today)?;
        return write(tx, author, kind, &goal, draft, precondition, today);
    }
    untaken(tx, kind, id, &draft)?;
    write_over(tx, author, kind, &goal, Some(head), draft, precondition, today)
}
