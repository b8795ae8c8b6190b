//! The change log: every version of every record, in the order of the commits.

use super::projections::insert_rows;
use super::records::CONTENT_FORMAT;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::feed_head;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::db::{bulk, deferred, log_head, settings, sql};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::domain::origins::ADOPTION_ORIGIN;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Where the log begins and ends, and its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogBounds {
    /// The numbering, until the registry is restored.
    pub epoch: String,
    /// The number before the first change.
    pub base: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// Where the log begins and ends.
pub fn log_bounds(tx: &mut Conn) -> TxResult<LogBounds> {
    let epoch = epoch(tx)?;
    let (base, head) = feed_head::table.select((feed_head::base, feed_head::seq)).first(tx)?;
    Ok(LogBounds { epoch, base, head })
}

/// The numbering of the log.
///
/// # Errors
/// When the database fails, or lacks it: then no cursor can be told from one of another numbering.
pub fn epoch(tx: &mut Conn) -> TxResult<String> {
    let epoch = settings::read_setting(tx, "epoch")?.filter(|epoch| !epoch.is_empty());
    Ok(epoch.ok_or_else(|| {
        log::error!("the database has no `epoch` among its settings");
        Problem::new(ErrorCode::Internal)
    })?)
}

/// What a write did to a record, for the log.
#[derive(Debug, Clone)]
pub struct RecordChange {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// The version the write made.
    pub version: i64,
    /// When, in microseconds since 1970; never before the version that it follows.
    pub at: i64,
    /// `create`, `update`, `delete`, `restore`, `merge`.
    pub op: &'static str,
    /// The members that changed.
    pub changed: Vec<String>,
    /// The canonical JSON of that version; none for a deletion or merge.
    pub body: Option<String>,
    /// The record that takes its place, after a merge.
    pub replaced_by: Option<Id>,
    /// The members taken over from other origins on purpose, each with the origin that had written it.
    pub overrode: Vec<(String, String)>,
    /// The version of which the changed members have their owners, where it is not this one.
    pub owners_of: Option<i64>,
    /// Whether the record was adopted on the way: then [`ADOPTED`] wrote it, not whoever writes the transaction.
    pub is_adopted: bool,
}

/// Who writes, and when.
#[derive(Debug, Clone)]
pub struct Provenance {
    /// The organisation.
    pub origin: String,
    /// The key.
    pub actor: String,
    /// Microseconds since 1970.
    pub at: i64,
    /// The transaction, for readers of the log.
    pub batch: Id,
    /// Why, in the writer's words.
    pub comment: Option<String>,
}

/// Numbers changes and appends them to the log: the last statements of every writing transaction. The counter's row
/// stays locked until the commit is visible, so that the order of the numbers is the order of the commits.
pub fn append_changes(tx: &mut Conn, stamp: &Provenance, done: &[RecordChange]) -> TxResult<()> {
    append_changes_from(tx, stamp, done.len(), done.iter().cloned().map(Ok))
}

/// As [`append`], of `count` changes that come one by one.
///
/// # Errors
/// When the database fails, or a change cannot be read.
pub fn append_changes_from(
    tx: &mut Conn,
    stamp: &Provenance,
    count: usize,
    done: impl Iterator<Item = TxResult<RecordChange>>,
) -> TxResult<()> {
    if count == 0 {
        return Ok(());
    }
    deferred::flush_before_numbering(tx)?;
    let mut done = done.peekable();
    let few = i64::try_from(count).unwrap_or(i64::MAX);
    if count <= bulk::rows_per_insert(tx) && count > 0 && bulk::supports_writing_cte(tx) {
        // The counter and the changes in one statement.
        let head =
            SqlFragment::new("WITH head AS (UPDATE feed_head SET seq = seq + ").bind(BindValue::Int(few));
        let insert = head.sql([" RETURNING seq) INSERT INTO ", CHANGES_COLUMNS, " VALUES "].concat());
        let seq = |before: i64| SqlFragment::new("(SELECT seq FROM head) - ").bind(BindValue::Int(before));
        let mut rows = Vec::with_capacity(count);
        for (before, change) in (0..few).rev().zip(done) {
            rows.push(change_row(seq(before), stamp, &change?));
        }
        let rows = rows.into_iter().enumerate().fold(insert, |statement, (index, row)| {
            if index == 0 { statement.append(row) } else { statement.sql(", ").append(row) }
        });
        let given: Vec<i64> = sql::Statement::<BigInt>::new(rows.sql(" RETURNING seq")).load(tx)?;
        given.into_iter().max().into_iter().for_each(log_head::note_appended);
        return Ok(());
    }
    let head =
        SqlFragment::new("UPDATE feed_head SET seq = seq + ").bind(BindValue::Int(few)).sql(" RETURNING seq");
    let head: i64 = sql::Statement::<BigInt>::new(head).get_result(tx)?;
    log_head::note_appended(head);
    let mut seq = head - few;
    while done.peek().is_some() {
        let mut rows = Vec::new();
        for change in done.by_ref().take(bulk::rows_per_insert(tx)) {
            seq += 1;
            rows.push(change_row(SqlFragment::default().bind(BindValue::Int(seq)), stamp, &change?));
        }
        insert_rows(tx, CHANGES_COLUMNS, rows.into_iter())?;
    }
    Ok(())
}

const CHANGES_COLUMNS: &str = "changes (seq, record_id, kind, version, op, origin, actor, at, batch_id, changed, \
    replaced_by, shape, body, comment, overrode, owners_of)";

/// A row of the log.
fn change_row(seq: SqlFragment, stamp: &Provenance, change: &RecordChange) -> SqlFragment {
    let changed = serde_json::Value::from(change.changed.clone()).to_string();
    let overrode: serde_json::Value = change
        .overrode
        .iter()
        .map(|(pointer, owner)| serde_json::json!({"pointer": pointer, "owner": owner}))
        .collect();
    let (origin, actor, comment) = if change.is_adopted {
        (ADOPTION_ORIGIN, ADOPTION_ORIGIN, None)
    } else {
        (stamp.origin.as_str(), stamp.actor.as_str(), stamp.comment.as_deref())
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
        BindValue::Id(stamp.batch),
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

/// The number of the newest change.
pub fn latest_seq(tx: &mut Conn) -> QueryResult<i64> {
    feed_head::table.select(feed_head::seq).first(tx)
}
