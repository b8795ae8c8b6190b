//! The versions of a record: a page of them, one of them, the record as of a time, the JSON Patch between
//! two.

use super::presentation::present_content;
use super::queries::present_with_version;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::records::find::{find_or_successor, gone_problem, with_restore_link};
use crate::records::record_key::RecordKey;
use crate::store::damage::StoredRowId;
use crate::store::records::{self, RecordRow};
use crate::store::versions::{self, PastVersion, Version};
use crate::util::clock::{Clock, rfc3339};
use serde_json::{Map, Value};

/// The result of looking a record up by its key.
#[derive(Debug, Clone)]
pub enum RecordLookup {
    /// The record: its version and its presented form.
    Record(i64, Map<String, Value>),
    /// It was merged into this record, or the key is an identifier of this record's predecessor.
    Moved(Id),
}

/// Reads a record as it is, or as it was at a time.
///
/// # Errors
/// 404, also when it did not exist yet; 410.
pub fn read_as_of(
    tx: &mut Conn,
    kind: Kind,
    key: &RecordKey,
    as_of: Option<i64>,
    clock: &Clock,
) -> TxResult<RecordLookup> {
    let (head, is_old) = find_or_successor(tx, kind, key)?;
    if is_old {
        return Ok(RecordLookup::Moved(head.id));
    }
    let Some(at) = as_of else {
        if !head.is_deleted() {
            return present_with_version(tx, kind, &head, clock)
                .map(|(version, record)| RecordLookup::Record(version, record));
        }
        return match versions::merged_into(tx, head.id)? {
            Some(successor) => Ok(RecordLookup::Moved(successor)),
            None => Err(gone_problem(tx, &head)?.into()),
        };
    };
    let past = versions::find_version_at(tx, head.id, at)?;
    let past = past.ok_or_else(|| Problem::new(ErrorCode::NotYet).with_arg("time", rfc3339(at)))?;
    match past.replaced_by {
        Some(successor) => Ok(RecordLookup::Moved(successor)),
        None => Ok(RecordLookup::Record(past.version, present_version(tx, kind, &head, &past, clock)?)),
    }
}

/// A page of the versions of a record.
#[derive(Debug, Clone)]
pub struct VersionPage {
    /// The record.
    pub id: Id,
    /// The versions, newest first.
    pub versions: Vec<Version>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Reads a page of the versions of a record, tombstones included: the newest, or those before a number.
///
/// # Errors
/// 404.
pub fn list_versions(
    tx: &mut Conn,
    kind: Kind,
    key: &RecordKey,
    before: Option<i64>,
    limit: i64,
) -> TxResult<VersionPage> {
    let id = find_or_successor(tx, kind, key)?.0.id;
    let mut versions = versions::list_versions(tx, id, before, limit + 1)?;
    let more = versions.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        versions.pop();
    }
    Ok(VersionPage { id, versions, has_more: more })
}

/// Reads a version of a record. Derived members are those of today.
///
/// # Errors
/// 404 without such a version; 410 where it is a deletion, or was erased.
pub fn read_version(
    tx: &mut Conn,
    kind: Kind,
    key: &RecordKey,
    number: i64,
    clock: &Clock,
) -> TxResult<Map<String, Value>> {
    let (head, _) = find_or_successor(tx, kind, key)?;
    let past = find_version(tx, &head, number)?;
    present_version(tx, kind, &head, &past, clock)
}

/// Returns the JSON Patch (RFC 6902) from one version to another. Version 0 and deletions are the empty
/// object.
///
/// # Errors
/// As [`read_version`], except that a deletion may be a start.
pub fn diff_versions(
    tx: &mut Conn,
    kind: Kind,
    key: &RecordKey,
    from: i64,
    to: i64,
    clock: &Clock,
) -> TxResult<json_patch::Patch> {
    let (head, _) = find_or_successor(tx, kind, key)?;
    let new = find_version(tx, &head, to)?;
    let new = present_version(tx, kind, &head, &new, clock)?;
    let old =
        if from == 0 { None } else { Some(find_version(tx, &head, from)?).filter(|old| !old.is_deletion()) };
    let old = match old {
        Some(old) => present_version(tx, kind, &head, &old, clock)?,
        None => Map::new(),
    };
    Ok(json_patch::diff(&old.into(), &new.into()))
}

/// Presents a version.
fn present_version(
    tx: &mut Conn,
    kind: Kind,
    head: &RecordRow,
    past: &PastVersion,
    clock: &Clock,
) -> TxResult<Map<String, Value>> {
    let content = version_content(tx, head, past)?;
    present_content(tx, kind, version_location(head, past), content, clock)
}

/// Identifies a version in error messages.
fn version_location<'a>(head: &'a RecordRow, past: &PastVersion) -> StoredRowId<'a> {
    StoredRowId { version: past.version, ..head.location() }
}

/// Finds a version of a record.
///
/// # Errors
/// 404.
pub fn find_version(tx: &mut Conn, head: &RecordRow, number: i64) -> TxResult<PastVersion> {
    let past = versions::find_version(tx, head.id, number)?;
    Ok(past.ok_or_else(|| Problem::new(ErrorCode::NoSuchVersion).with_arg("version", number))?)
}

/// Returns the content of a version in the current content format.
pub fn version_content(tx: &mut Conn, head: &RecordRow, past: &PastVersion) -> TxResult<Map<String, Value>> {
    if let Some(body) = &past.body {
        return Ok(records::upgrade_content(
            past.shape,
            stored_content::parse_members(version_location(head, past), body)?,
        ));
    }
    let mut problem = Problem::new(if past.is_deletion() { ErrorCode::Gone } else { ErrorCode::Erased })
        .with_member("id", head.id.to_string())
        .with_member("version", past.version)
        .with_member("current_version", head.version);
    if past.is_deletion() {
        problem = with_restore_link(tx, head, problem)?;
    }
    if let Some(successor) = past.replaced_by {
        problem = problem.with_member("replaced_by", successor.to_string());
    }
    Err(problem.into())
}
