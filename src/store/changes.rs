//! Table `changes`: appends numbered changes to the log.
//!
//! The log has every version of every record, numbered in commit order.

use super::projections::insert_rows;
use super::records::CONTENT_FORMAT;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::feed_head;
use crate::db::sql::{self, BindValue, SqlFragment};
use crate::db::types::Id;
use crate::db::{bulk, deferred, log_head, settings};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::domain::origins::ADOPTION_ORIGIN;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// The range of numbers in the log, and its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogBounds {
    /// A random id of the numbering; changes when the registry is restored from a backup.
    pub epoch: String,
    /// The number before the first change.
    pub base: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// Reads the range and the epoch of the log.
pub fn log_bounds(tx: &mut Conn) -> TxResult<LogBounds> {
    let epoch = epoch(tx)?;
    let (base, head) = feed_head::table.select((feed_head::base, feed_head::seq)).first(tx)?;
    Ok(LogBounds { epoch, base, head })
}

/// Reads the epoch of the log.
///
/// # Errors
/// 500 when the setting is missing: without it, a cursor of another numbering would go unnoticed.
pub fn epoch(tx: &mut Conn) -> TxResult<String> {
    let epoch = settings::read_setting(tx, "epoch")?.filter(|epoch| !epoch.is_empty());
    Ok(epoch.ok_or_else(|| {
        log::error!("the database has no `epoch` among its settings");
        Problem::new(ErrorCode::Internal)
    })?)
}

/// A change of a record, as appended to the log.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// The record.
    pub id: Id,
    /// The record's kind.
    pub kind: Kind,
    /// The version that the change made.
    pub version: i64,
    /// When, in microseconds since 1970; never before the previous version.
    pub at: i64,
    /// `create`, `update`, `delete`, `restore` or `merge`.
    pub op: &'static str,
    /// The members that changed.
    pub changed: Vec<String>,
    /// The canonical JSON of the version; none for a deletion or merge.
    pub body: Option<String>,
    /// The record that replaces it, after a merge.
    pub replaced_by: Option<Id>,
    /// Members owned by other origins that were overwritten on purpose, each with its former owner.
    pub overrode: Vec<(String, String)>,
    /// The version from which the changed members take their owners, if it is not this one.
    pub owners_of: Option<i64>,
    /// Whether the record was created from the gazetteer because a write refers to it. Its origin is then
    /// [`ADOPTION_ORIGIN`] instead of the writer's.
    pub is_adopted: bool,
}

/// Who writes a transaction, and when.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The organisation that writes.
    pub origin: String,
    /// The id of its key.
    pub actor: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The id of the transaction, for readers of the log.
    pub batch: Id,
    /// The reason, in the writer's words.
    pub comment: Option<String>,
}

/// Numbers changes and appends them to the log. These must be the last statements of a transaction: the row
/// of the counter stays locked until the commit, so that the order of numbers is the order of commits.
pub fn append_changes(tx: &mut Conn, provenance: &Provenance, changes: &[RecordChange]) -> TxResult<()> {
    append_changes_from(tx, provenance, changes.len(), changes.iter().cloned().map(Ok))
}

/// Like [`append_changes`], for `count` changes from an iterator.
///
/// # Errors
/// The first error of the iterator.
pub fn append_changes_from(
    tx: &mut Conn,
    provenance: &Provenance,
    count: usize,
    changes: impl Iterator<Item = TxResult<RecordChange>>,
) -> TxResult<()> {
    if count == 0 {
        return Ok(());
    }
    deferred::flush_before_numbering(tx)?;
    let mut changes = changes.peekable();
    let added = i64::try_from(count).unwrap_or(i64::MAX);
    if count <= bulk::rows_per_insert(tx) && count > 0 && bulk::supports_writing_cte(tx) {
        // Advances the counter and inserts the changes in one statement.
        let head =
            SqlFragment::new("WITH head AS (UPDATE feed_head SET seq = seq + ").bind(BindValue::Int(added));
        let insert = head.sql([" RETURNING seq) INSERT INTO ", CHANGES_COLUMNS, " VALUES "].concat());
        let seq = |before: i64| SqlFragment::new("(SELECT seq FROM head) - ").bind(BindValue::Int(before));
        let mut rows = Vec::with_capacity(count);
        for (before, change) in (0..added).rev().zip(changes) {
            rows.push(change_row(seq(before), provenance, &change?));
        }
        let rows = rows.into_iter().enumerate().fold(insert, |statement, (index, row)| {
            if index == 0 { statement.append(row) } else { statement.sql(", ").append(row) }
        });
        let numbers: Vec<i64> = sql::Statement::<BigInt>::new(rows.sql(" RETURNING seq")).load(tx)?;
        numbers.into_iter().max().into_iter().for_each(log_head::note_appended);
        return Ok(());
    }
    let head = SqlFragment::new("UPDATE feed_head SET seq = seq + ")
        .bind(BindValue::Int(added))
        .sql(" RETURNING seq");
    let head: i64 = sql::Statement::<BigInt>::new(head).get_result(tx)?;
    log_head::note_appended(head);
    let mut seq = head - added;
    while changes.peek().is_some() {
        let mut rows = Vec::new();
        for change in changes.by_ref().take(bulk::rows_per_insert(tx)) {
            seq += 1;
            rows.push(change_row(SqlFragment::default().bind(BindValue::Int(seq)), provenance, &change?));
        }
        insert_rows(tx, CHANGES_COLUMNS, rows.into_iter())?;
    }
    Ok(())
}

const CHANGES_COLUMNS: &str = "changes (seq, record_id, kind, version, op, origin, actor, at, batch_id, changed, \
    replaced_by, shape, body, comment, overrode, owners_of)";

/// Returns the values of a row, in parentheses.
fn change_row(seq: SqlFragment, provenance: &Provenance, change: &RecordChange) -> SqlFragment {
    let changed = serde_json::Value::from(change.changed.clone()).to_string();
    let overrode: serde_json::Value = change
        .overrode
        .iter()
        .map(|(pointer, owner)| serde_json::json!({"pointer": pointer, "owner": owner}))
        .collect();
    let (origin, actor, comment) = if change.is_adopted {
        (ADOPTION_ORIGIN, ADOPTION_ORIGIN, None)
    } else {
        (provenance.origin.as_str(), provenance.actor.as_str(), provenance.comment.as_deref())
    };
    let text = |text: &str| BindValue::Text(text.to_owned());
    let values = [
        BindValue::Id(change.id),
        text(change.kind.as_str()),
        BindValue::Int(change.version),
        text(change.op),
        text(origin),
        text(actor),
        BindValue::Int(change.at),
        BindValue::Id(provenance.batch),
        BindValue::Text(changed),
        change.replaced_by.map_or(BindValue::Null, BindValue::Id),
        BindValue::Int(CONTENT_FORMAT),
        change.body.as_deref().map_or(BindValue::Null, text),
        comment.map_or(BindValue::Null, text),
        if change.overrode.is_empty() { BindValue::Null } else { BindValue::Text(overrode.to_string()) },
        change.owners_of.map_or(BindValue::Null, BindValue::Int),
    ];
    let row = SqlFragment::new("(").append(seq);
    values.into_iter().fold(row, |row, value| row.sql(", ").bind(value)).sql(")")
}

/// Returns the number of the newest change.
pub fn latest_seq(tx: &mut Conn) -> QueryResult<i64> {
    feed_head::table.select(feed_head::seq).first(tx)
}
