//! Finds a record by its key (live, deleted, locked, by an official identifier), and builds the 404 and 410
//! problems.

use super::record_key::RecordKey;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::locks;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::gazetteer::lookup;
use crate::gazetteer::official_record::OfficialRecord;
use crate::kinds::all;
use crate::store::records::{self, RecordRow};
use crate::store::{identifiers, versions};
use serde_json::{Value, json};

/// Finds the record, tombstones included, that bears one of the identifiers of an official record.
pub(super) fn find_by_official_record(
    tx: &mut Conn,
    kind: Kind,
    known: &OfficialRecord,
) -> TxResult<Option<RecordRow>> {
    for identifier in &known.identifiers {
        let holders = identifiers::find_ids_by_identifier(tx, &[kind], identifier)?;
        if let Some(id) = holders.first().copied() {
            return Ok(records::find(tx, id)?);
        }
    }
    Ok(None)
}

/// Finds a record for reading, tombstones included: also by an official identifier that no record bears,
/// where a record bears another identifier of the same authority or of its successor. The second value
/// tells whether the key is an identifier of a predecessor.
pub(super) fn find_or_successor(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<(RecordRow, bool)> {
    if let Some(head) = find(tx, kind, key)? {
        return Ok((head, false));
    }
    if let RecordKey::Identifier(identifier) = key
        && let Some(known) = all::definition(kind).official_record(identifier)
        && let Some(head) = find_by_official_record(tx, kind, &known)?
    {
        return Ok((head, known.is_successor));
    }
    Err(no_such_record(kind, key).into())
}

/// As [`find_or_successor`], for live records.
pub(super) fn find_live_or_successor(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    let (head, _) = find_or_successor(tx, kind, key)?;
    if head.is_deleted() { Err(gone_problem(tx, &head)?.into()) } else { Ok(head) }
}

/// The 404 of a key that no record bears, with a link to the gazetteer where it knows the code, and near
/// codes where it may be mistyped.
pub(super) fn no_such_record(kind: Kind, key: &RecordKey) -> Problem {
    let proposals = match key {
        RecordKey::Identifier(identifier) => lookup::suggest_codes(identifier),
        RecordKey::Id(_) => String::new(),
    };
    let problem = Problem::new(ErrorCode::NoSuchRecord).with_arg("proposals", proposals).with_arg("id", key);
    let known = match key {
        RecordKey::Identifier(identifier) => all::definition(kind).official_record(identifier),
        RecordKey::Id(_) => None,
    };
    match known.and_then(|known| known.href) {
        Some(href) => problem.with_member("gazetteer", json!({"href": href})),
        None => problem,
    }
}

/// Finds a record by its key, tombstones included.
pub(super) fn find(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<Option<RecordRow>> {
    let id = match key {
        RecordKey::Id(id) => Some(*id),
        RecordKey::Identifier(identifier) => {
            identifiers::find_ids_by_identifier(tx, &[kind], identifier)?.first().copied()
        }
    };
    let head = match id {
        Some(id) => records::find(tx, id)?,
        None => None,
    };
    Ok(head.filter(|head| head.kind == kind.as_str()))
}

/// Finds a live record by its key.
///
/// # Errors
/// 404; 410 for a tombstone.
pub(super) fn find_live(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    let head = find_with_deleted(tx, kind, key)?;
    if head.is_deleted() {
        return Err(gone_problem(tx, &head)?.into());
    }
    Ok(head)
}

/// Locks a live record's row and returns it as it is then.
///
/// # Errors
/// 410 where it was deleted meanwhile.
pub(super) fn lock_live(tx: &mut Conn, kind: Kind, head: RecordRow) -> TxResult<RecordRow> {
    if !locks::has_concurrent_writers(tx) {
        return Ok(head);
    }
    records::lock_record(tx, head.id)?;
    find_live(tx, kind, &RecordKey::Id(head.id))
}

/// Finds a record by its key, tombstones included.
///
/// # Errors
/// 404.
pub(super) fn find_with_deleted(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    Ok(find(tx, kind, key)?.ok_or_else(|| no_such_record(kind, key))?)
}

/// The 410 of a tombstone; after a merge it names the record that replaced it.
pub fn gone_problem(tx: &mut Conn, head: &RecordRow) -> TxResult<Problem> {
    let problem = Problem::new(ErrorCode::Gone)
        .with_member("id", head.id.to_string())
        .with_member("current_version", head.version);
    let problem = with_restore_link(tx, head, problem)?;
    Ok(match versions::merged_into(tx, head.id)? {
        Some(successor) => problem.with_member("replaced_by", successor.to_string()),
        None => problem,
    })
}

/// Adds the URL that restores a tombstone, unless it was erased.
pub(super) fn with_restore_link(tx: &mut Conn, head: &RecordRow, problem: Problem) -> TxResult<Problem> {
    let version = if head.is_deleted() { versions::newest_version_with_content(tx, head.id)? } else { None };
    let link =
        Kind::from_name(&head.kind).zip(version).map(|(kind, version)| restore_path(kind, head.id, version));
    Ok(match link {
        Some(link) => problem.with_member("restore", link),
        None => problem,
    })
}

/// Returns the path that restores a version.
pub(super) fn restore_path(kind: Kind, id: Id, version: i64) -> String {
    format!("/v1/{}/{id}/versions/{version}/restore", kind.path())
}

/// The link to a record in a problem.
#[must_use]
pub fn record_link(kind: Kind, id: Id) -> Value {
    json!({"kind": kind, "id": id.to_string(), "href": format!("/v1/{}/{id}", kind.path())})
}
