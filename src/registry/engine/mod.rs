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
pub use derive::{StoredRecord, reindex_record};
pub use draft::RecordInput;
pub use erase::erase;
pub use guard::EditBasis;
pub use history::{RecordLookup, VersionPage, diff_versions, list_versions, read_as_of, read_version};
pub use idle::{NoOpCheck, detect_no_op};
pub use include::{IncludedPage, MAX_INCLUDED, include_referrers};
pub use leaves::merge_partial;
pub use merge::merge;
pub use owners::field_owners;
pub use patch::{RecordPatch, patch};
pub use present::{has_no_derived, named_reference, present_records, write_presented};
pub use read::{ListQuery, RecordPage, RowPage, count, list, list_rows, outcome_json, read_record, read_row};
pub use rebase::{base_version, merge_onto_current};
pub use restore::restore;
pub use target::{WriteTarget, find_by_identifiers, reserve_row};
pub use texts::TextPassage;
pub use write::{Precondition, WriteOutcome, write};

use super::store::{self, Provenance, RecordRow};
use crate::db::types::Id;
use crate::db::{self, Conn, TxResult};
use crate::error::{ErrorCode, Problem};
use crate::vocabulary::{Identifier, Kind};
use serde_json::{Value, json};

/// Who writes, and what they may.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who and when, for the log.
    pub provenance: Provenance,
    /// The schemes whose identifiers the key may write.
    pub schemes: Vec<String>,
    /// The kinds of record that the key may write.
    pub kinds: Vec<Kind>,
    /// Whether the key may write any.
    pub is_admin: bool,
    /// Whether members that are another origin's own are taken over.
    pub force: bool,
}

impl Author {
    /// Whether the author may write identifiers of a scheme.
    #[must_use]
    pub fn may_write_scheme(&self, scheme: &str) -> bool {
        self.is_admin || self.schemes.iter().any(|owned| owned == scheme)
    }
}

/// How a path names a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKey {
    /// By its UUID.
    Id(Id),
    /// By `scheme:value`.
    Identifier(Identifier),
}

impl RecordKey {
    /// The name in a path's segment.
    ///
    /// # Errors
    /// 404 when it is neither a UUID nor `scheme:value`.
    pub fn parse(segment: &str) -> Result<Self, Problem> {
        store::parse_record_id(segment)
            .map(Self::Id)
            .or_else(|| Identifier::parse(segment).map(Self::Identifier))
            .ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", segment))
    }
}

impl std::fmt::Display for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Identifier(identifier) => identifier.fmt(f),
        }
    }
}

/// The record of a kind with this name, tombstones included.
fn find(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<Option<RecordRow>> {
    let id = match key {
        RecordKey::Id(id) => Some(*id),
        RecordKey::Identifier(identifier) => {
            store::find_ids_by_identifier(tx, &[kind], identifier)?.first().copied()
        }
    };
    let head = match id {
        Some(id) => store::find(tx, id)?,
        None => None,
    };
    Ok(head.filter(|head| head.kind == kind.as_str()))
}

/// The live record of a kind with this name.
fn find_live(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    let head = find_with_deleted(tx, kind, key)?;
    if head.is_deleted() {
        return Err(gone_problem(tx, &head)?.into());
    }
    Ok(head)
}

/// A live record as it is once its row is locked.
fn lock_live(tx: &mut Conn, kind: Kind, head: RecordRow) -> TxResult<RecordRow> {
    if !db::has_concurrent_writers(tx) {
        return Ok(head);
    }
    store::lock_record(tx, head.id)?;
    find_live(tx, kind, &RecordKey::Id(head.id))
}

/// The record of a kind with this name, a tombstone too.
fn find_with_deleted(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    Ok(find(tx, kind, key)?.ok_or_else(|| adopt::no_such_record(kind, key))?)
}

/// What answers for a tombstone; after a merge it names the record that took its place.
///
/// # Errors
/// When the database fails.
pub fn gone_problem(tx: &mut Conn, head: &RecordRow) -> TxResult<Problem> {
    let problem = Problem::new(ErrorCode::Gone)
        .with_member("id", head.id.to_string())
        .with_member("current_version", head.version);
    let problem = with_restore_link(tx, head, problem)?;
    Ok(match store::merged_into(tx, head.id)? {
        Some(heir) => problem.with_member("replaced_by", heir.to_string()),
        None => problem,
    })
}

/// The problem with the address that a POST to brings a tombstone back, where it has not been erased.
fn with_restore_link(tx: &mut Conn, head: &RecordRow, problem: Problem) -> TxResult<Problem> {
    let version = if head.is_deleted() { store::newest_version_with_content(tx, head.id)? } else { None };
    let link =
        Kind::from_name(&head.kind).zip(version).map(|(kind, version)| restore_path(kind, head.id, version));
    Ok(match link {
        Some(link) => problem.with_member("restore", link),
        None => problem,
    })
}

/// Where a version of a record is restored.
fn restore_path(kind: Kind, id: Id, version: i64) -> String {
    format!("/v1/{}/{id}/versions/{version}/restore", kind.path())
}

/// How a problem names a record.
#[must_use]
pub fn record_link(kind: Kind, id: Id) -> Value {
    json!({"kind": kind, "id": id.to_string(), "href": format!("/v1/{}/{id}", kind.path())})
}
