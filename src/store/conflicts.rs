//! Table `conflicts`: refused writes of each key that are still open.
//!
//! A conflict stays open until the key writes the record.

use crate::db::conn::Conn;
use crate::db::schema::conflicts;
use crate::db::types::{Id, parse_record_id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use diesel::prelude::*;
use serde_json::{Value, json};

/// Whether a refused write with this code counts as a conflict with another origin.
#[must_use]
pub fn is_conflict(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ChangedElsewhere
            | ErrorCode::OwnedElsewhere
            | ErrorCode::MergeConflict
            | ErrorCode::SyncLoop
    )
}

/// Stores the conflict of a key, replacing an older one about the same record. Does nothing if the problem
/// names no record.
pub fn note_conflict(tx: &mut Conn, key: &str, problem: &Problem, now: i64) -> QueryResult<()> {
    let Some(id) = problem.extra_members.get("id").and_then(Value::as_str).and_then(parse_record_id) else {
        return Ok(());
    };
    let members =
        problem.extra_members.get("conflicts").and_then(Value::as_array).cloned().unwrap_or_default();
    let pointers: Value = members.into_iter().filter_map(|member| member.get("pointer").cloned()).collect();
    let values = (
        conflicts::code.eq(problem.code.as_str()),
        conflicts::pointers.eq(json!(pointers).to_string()),
        conflicts::at.eq(now),
    );
    let updated = diesel::update(conflicts::table.find((key, id))).set(values.clone()).execute(tx)?;
    if updated == 0 {
        let row = (conflicts::key_id.eq(key), conflicts::record_id.eq(id), values);
        diesel::insert_into(conflicts::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Whether a key has open conflicts.
pub fn has_conflicts(tx: &mut Conn, key: &str) -> QueryResult<bool> {
    let some = conflicts::table.filter(conflicts::key_id.eq(key)).select(conflicts::record_id).limit(1);
    Ok(some.first::<Id>(tx).optional()?.is_some())
}

/// Whether a key has an open conflict about a record.
pub fn has_conflict(tx: &mut Conn, key: &str, id: Id) -> QueryResult<bool> {
    let one = conflicts::table.find((key, id)).select(conflicts::record_id);
    Ok(one.first::<Id>(tx).optional()?.is_some())
}

/// Removes the conflicts of a key about these records.
pub fn clear_conflicts(tx: &mut Conn, key: &str, ids: &[Id]) -> QueryResult<()> {
    let open: Vec<Id> =
        conflicts::table.filter(conflicts::key_id.eq(key)).select(conflicts::record_id).load(tx)?;
    open.iter().filter(|id| ids.contains(id)).try_for_each(|id| clear_conflict(tx, key, *id))
}

/// Removes the conflict of a key about a record, which it has written since.
pub fn clear_conflict(tx: &mut Conn, key: &str, id: Id) -> QueryResult<()> {
    diesel::delete(conflicts::table.find((key, id))).execute(tx).map(drop)
}
