//! What happens to a record, whatever its kind: it is found, read, written, patched, deleted.

mod adopt;
mod cited;
mod delete;
mod derive;
mod draft;
mod erase;
mod guard;
mod history;
mod idle;
mod include;
mod kept;
mod leaves;
mod merge;
mod owners;
mod patch;
mod pointers;
mod present;
mod read;
mod rebase;
mod refs;
mod restore;
mod splice;
mod target;
mod texts;
mod write;

pub use adopt::{Adopted, adopt};
pub use delete::delete;
pub use derive::{Stored, reindex};
pub use draft::Draft;
pub use erase::erase;
pub use guard::Knowledge;
pub use history::{Found, History, diff, get, version, versions};
pub use idle::{Idle, unchanged};
pub use include::{Included, MOST_INCLUDED, include};
pub use leaves::overlay;
pub use merge::merge;
pub use owners::owned;
pub use patch::{Patch, patch};
pub use present::{is_plain, names_of, present, write_row};
pub use read::{Page, Rows, Search, count, list, one, plain, rows, written};
pub use rebase::{base, rebase};
pub use restore::restore;
pub use target::{Goal, holder, reserve};
pub use texts::Passage;
pub use write::{Precondition, Written, write};

use super::store::{self, Head, Stamp};
use crate::db::types::Id;
use crate::db::{self, Conn, Outcome};
use crate::error::{Code, Problem};
use crate::vocabulary::{Identifier, Kind};
use serde_json::{Value, json};

/// Who writes, and what they may.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who and when, for the log.
    pub stamp: Stamp,
    /// The schemes whose identifiers the key may write.
    pub schemes: Vec<String>,
    /// The kinds of record that the key may write.
    pub kinds: Vec<Kind>,
    /// Whether the key may write any.
    pub admin: bool,
    /// Whether members that are another origin's own are taken over.
    pub force: bool,
}

impl Author {
    /// Whether the author may write identifiers of a scheme.
    #[must_use]
    pub fn owns(&self, scheme: &str) -> bool {
        self.admin || self.schemes.iter().any(|owned| owned == scheme)
    }
}

/// How a path names a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By its UUID.
    Id(Id),
    /// By `scheme:value`.
    Identifier(Identifier),
}

impl Name {
    /// The name in a path's segment.
    ///
    /// # Errors
    /// 404 when it is neither a UUID nor `scheme:value`.
    pub fn parse(segment: &str) -> Result<Self, Problem> {
        store::parse_id(segment)
            .map(Self::Id)
            .or_else(|| Identifier::parse(segment).map(Self::Identifier))
            .ok_or_else(|| Problem::new(Code::NoSuchRecord).fact("id", segment))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Identifier(identifier) => identifier.fmt(f),
        }
    }
}

/// The record of a kind with this name, tombstones included.
fn lookup(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Option<Head>> {
    let id = match name {
        Name::Id(id) => Some(*id),
        Name::Identifier(identifier) => store::by_identifier(tx, &[kind], identifier)?.first().copied(),
    };
    let head = match id {
        Some(id) => store::find(tx, id)?,
        None => None,
    };
    Ok(head.filter(|head| head.kind == kind.as_str()))
}

/// The live record of a kind with this name.
fn live(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Head> {
    let head = known(tx, kind, name)?;
    if head.is_deleted() {
        return Err(gone(tx, &head)?.into());
    }
    Ok(head)
}

/// A live record as it is once its row is locked.
fn live_and_locked(tx: &mut Conn, kind: Kind, head: Head) -> Outcome<Head> {
    if !db::locks_rows(tx) {
        return Ok(head);
    }
    store::lock(tx, head.id)?;
    live(tx, kind, &Name::Id(head.id))
}

/// The record of a kind with this name, a tombstone too.
fn known(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Head> {
    Ok(lookup(tx, kind, name)?.ok_or_else(|| adopt::unheld(kind, name))?)
}

/// What answers for a tombstone; after a merge it names the record that took its place.
///
/// # Errors
/// When the database fails.
pub fn gone(tx: &mut Conn, head: &Head) -> Outcome<Problem> {
    let problem =
        Problem::new(Code::Gone).with("id", head.id.to_string()).with("current_version", head.version);
    let problem = revivable(tx, head, problem)?;
    Ok(match store::heir(tx, head.id)? {
        Some(heir) => problem.with("replaced_by", heir.to_string()),
        None => problem,
    })
}

/// The problem with the address that a POST to brings a tombstone back, where it has not been erased.
fn revivable(tx: &mut Conn, head: &Head, problem: Problem) -> Outcome<Problem> {
    let version = if head.is_deleted() { store::newest_content(tx, head.id)? } else { None };
    let link =
        Kind::from_name(&head.kind).zip(version).map(|(kind, version)| restoring(kind, head.id, version));
    Ok(match link {
        Some(link) => problem.with("restore", link),
        None => problem,
    })
}

/// Where a version of a record is restored.
fn restoring(kind: Kind, id: Id, version: i64) -> String {
    format!("/v1/{}/{id}/versions/{version}/restore", kind.path())
}

/// How a problem names a record.
#[must_use]
pub fn existing(kind: Kind, id: Id) -> Value {
    json!({"kind": kind, "id": id.to_string(), "href": format!("/v1/{}/{id}", kind.path())})
}
