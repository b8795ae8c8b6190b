//! Changing a part of a record: a merge patch or a JSON Patch over what is stored, then the path of a replacement.

use super::adopt::live_or_adopted;
use super::target::{Goal, untaken};
use super::write::{Precondition, Written, write, write_over};
use super::{Author, Draft, Knowledge, Name, live_and_locked, rebase};
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem, Result};
use crate::vocabulary::Kind;
use jiff::civil::Date;
use serde_json::Value;

/// A change of a part.
#[derive(Debug, Clone)]
pub enum Patch {
    /// RFC 7396: members given replace, null removes.
    Merge(Value),
    /// RFC 6902: operations, also inside lists.
    Operations(json_patch::Patch),
}

impl Patch {
    /// Whether it puts something in the place of the whole record.
    fn is_whole(&self) -> bool {
        let Self::Operations(operations) = self else { return false };
        operations.iter().any(|operation| {
            use json_patch::PatchOperation::{Add, Copy, Move, Remove, Replace, Test};
            match operation {
                Add(_) | Replace(_) | Copy(_) | Move(_) => operation.path().is_root(),
                Remove(_) | Test(_) => false,
            }
        })
    }

    /// Changes a body.
    ///
    /// # Errors
    /// 422 when the patch does not apply.
    pub(super) fn apply(&self, body: &mut Value) -> Result<()> {
        match self {
            Self::Merge(change) => json_patch::merge(body, change),
            Self::Operations(operations) => json_patch::patch(body, operations).map_err(|error| {
                let facts = vec![("reason", error.kind.to_string())];
                Problem::invalid(vec![Fault::at(format!("/{}", error.operation), Code::PatchFailed, facts)])
            })?,
        }
        Ok(())
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
    today: Date,
) -> Outcome<Written> {
    let (head, adopted) = live_or_adopted(tx, &author.stamp, kind, name, today)?;
    let head = live_and_locked(tx, kind, head)?;
    let id = head.id;
    precondition.admits(&head, true)?;
    let mut body: Value = match base {
        Some(version) => rebase::base(tx, id, version)?.into(),
        None => serde_json::from_str(&head.content).unwrap_or_default(),
    };
    patch.apply(&mut body)?;
    let draft = Draft::read(kind, body, Some(&id.to_string())).map_err(Problem::invalid)?;
    let draft = Draft { adopted, ..draft };
    let goal = Goal::Replace(Name::Id(id), id);
    // What it changes it names. Only a body that takes the place of the whole may lack what its author does not know.
    let knowledge = if patch.is_whole() { precondition.knowledge } else { Knowledge::Version };
    let precondition = &Precondition { knowledge, ..precondition.clone() };
    if let Some(version) = base {
        let draft = rebase::rebase(tx, &author.stamp, kind, &Name::Id(id), (version, None), draft, today)?;
        return write(tx, author, kind, &goal, draft, precondition, today);
    }
    untaken(tx, kind, id, &draft)?;
    write_over(tx, author, kind, &goal, Some(head), draft, precondition, today)
}
