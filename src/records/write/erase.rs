//! Erases a record for privacy: the content of every version is removed; a tombstone with its identifiers
//! stays.

use super::delete::{ensure_unreferenced, mark_deleted};
use super::precondition::Precondition;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{answers, changes, conflicts, records};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::records::author::Author;
use crate::records::find::find_with_deleted;
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::records::DELETED;
use crate::store::{self, versions};
use diesel::prelude::*;
use serde_json::json;

/// Erases a record, live or deleted; returns the deletion to append to the log, which tells mirrors.
///
/// # Errors
/// 403 unless the author is an administrator; 404; 409 naming the records that refer to it; a failed
/// precondition.
pub fn erase(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    key: &RecordKey,
    precondition: &Precondition,
) -> TxResult<RecordChange> {
    if !author.is_admin {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
    }
    let id = find_with_deleted(tx, kind, key)?.id;
    store::records::lock_record(tx, id)?;
    let head = find_with_deleted(tx, kind, &RecordKey::Id(id))?;
    precondition.ensure(&head, true)?;
    ensure_unreferenced(tx, id)?;
    let replaced_by = versions::merged_into(tx, id)?;
    mark_deleted(tx, author, kind, &head)?;
    let version = head.version + 1;
    let rest = json!({"id": id.to_string(), "kind": kind, "version": version}).to_string();
    let row = diesel::update(records::table.filter(records::id.eq(id)));
    row.set((records::name.eq("{}"), records::content.eq(rest))).execute(tx)?;
    let blank = (
        changes::changed.eq("[]"),
        changes::body.eq(None::<&str>),
        changes::comment.eq(None::<&str>),
        changes::overrode.eq(None::<&str>),
    );
    diesel::update(changes::table.filter(changes::record_id.eq(id))).set(blank).execute(tx)?;

    // What others say by its id: answers kept for repetition, and tombstones whose label was made of its name.
    let mention = format!("%{id}%");
    let kept = answers::table.filter(answers::record_id.eq(id).or(answers::body.like(&mention)));
    diesel::update(kept).set(answers::body.eq("")).execute(tx)?;
    diesel::delete(conflicts::table.filter(conflicts::record_id.eq(id))).execute(tx)?;
    let kinds = Kind::ALL
        .iter()
        .filter(|kind| all::definition(**kind).has_label_from_refs())
        .map(|kind| kind.as_str());
    let named = records::kind.eq_any(kinds.collect::<Vec<_>>()).and(records::content.like(&mention));
    let tombstones = records::table.filter(records::state.eq(DELETED).and(named));
    diesel::update(tombstones).set(records::name.eq("{}")).execute(tx)?;
    Ok(RecordChange {
        id,
        kind,
        version,
        at: head.next_written_at(author.provenance.at),
        op: "delete",
        changed: vec![String::new()],
        body: None,
        replaced_by,
        overrode: vec![],
        owners_of: None,
        is_adopted: false,
    })
}
