//! Deletes a record: a tombstone with identifiers and history stays.

use super::precondition::Precondition;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::records::author::Author;
use crate::records::find::find_live;
use crate::records::ownership;
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::records::{DELETED, RecordRow};
use crate::store::{self, damage, projections, references, versions};
use diesel::prelude::*;
use serde_json::{Value, json};

/// The maximum number of referring records that a refusal names.
const MAX_LISTED_REFERRERS: i64 = 20;

/// Deletes a record; returns the change to append to the log.
///
/// # Errors
/// 403 for an adopted record, unless the author is an administrator; 409 naming the records that refer to
/// it; a failed precondition.
pub fn delete(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    key: &RecordKey,
    precondition: &Precondition,
) -> TxResult<RecordChange> {
    let id = find_live(tx, kind, key)?.id;
    store::records::lock_record(tx, id)?;
    let head = find_live(tx, kind, &RecordKey::Id(id))?;
    // Everybody names what was adopted by its official code, and while it is deleted no such reference leads anywhere.
    if !author.is_admin && versions::is_adopted(tx, id)? {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
    }
    precondition.ensure(&head, true)?;
    ensure_unreferenced(tx, id)?;
    let overrode = ownership::check_fields_lost(tx, author, &head)?;
    mark_deleted(tx, author, kind, &head)?;
    Ok(RecordChange {
        id,
        kind,
        version: head.version + 1,
        at: head.next_written_at(author.provenance.at),
        op: "delete",
        changed: vec![String::new()],
        body: None,
        replaced_by: None,
        overrode,
        owners_of: None,
        is_adopted: false,
    })
}

/// Checks that no record refers to the one to be deleted.
///
/// # Errors
/// 409 naming those that do.
pub(super) fn ensure_unreferenced(tx: &mut Conn, id: Id) -> TxResult<()> {
    let (count, some) = references::list_referrers(tx, id, MAX_LISTED_REFERRERS)?;
    if count > 0 {
        let referrers =
            some.into_iter().map(|(id, kind, pointer, name)| referrer_json(id, &kind, &pointer, &name));
        let referrers: Vec<Value> = referrers.collect::<Result<_, Problem>>()?;
        return Err(Problem::new(ErrorCode::Referenced)
            .with_arg("count", count)
            .with_member("referrers", referrers)
            .into());
    }
    Ok(())
}

/// Turns a record into a tombstone of the next version; row, content and identifiers stay.
pub(super) fn mark_deleted(tx: &mut Conn, author: &Author, kind: Kind, head: &RecordRow) -> TxResult<()> {
    projections::delete_projections(tx, head, all::definition(kind).table())?;
    let row = (
        records::version.eq(head.version + 1),
        records::state.eq(DELETED),
        records::updated_at.eq(head.next_written_at(author.provenance.at)),
        records::origin.eq(&author.provenance.origin),
    );
    diesel::update(records::table.filter(records::id.eq(head.id))).set(row).execute(tx)?;
    Ok(())
}

fn referrer_json(id: Id, kind: &str, pointer: &str, name: &str) -> Result<Value, Problem> {
    let path = Kind::from_name(kind).map_or("", Kind::path);
    Ok(json!({
        "kind": kind, "id": id.to_string(), "pointer": pointer,
        "name": damage::parse_stored_name(kind, id, name)?, "href": format!("/v1/{path}/{id}")
    }))
}
