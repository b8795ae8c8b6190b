//! The change log: every version of every record, in the order of the commits.

use super::{SHAPE, insert};
use crate::db::schema::feed_head;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome, bulk, head, late, paging};
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// What a write did to a record, for the log.
#[derive(Debug, Clone)]
pub struct Change {
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
    pub adopted: bool,
}

/// The origin, and the actor, of what the registry adopts from its gazetteer.
pub const ADOPTED: &str = "gazetteer";

/// Who writes, and when.
#[derive(Debug, Clone)]
pub struct Stamp {
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
///
/// # Errors
/// When the database fails.
pub fn append(tx: &mut Conn, stamp: &Stamp, done: &[Change]) -> Outcome<()> {
    append_all(tx, stamp, done.len(), done.iter().cloned().map(Ok))
}

/// As [`append`], of `count` changes that come one by one.
///
/// # Errors
/// When the database fails, or a change cannot be read.
pub fn append_all(
    tx: &mut Conn,
    stamp: &Stamp,
    count: usize,
    done: impl Iterator<Item = Outcome<Change>>,
) -> Outcome<()> {
    if count == 0 {
        return Ok(());
    }
    late::write_before_numbering(tx)?;
    let mut done = done.peekable();
    let few = i64::try_from(count).unwrap_or(i64::MAX);
    if count <= bulk::rows_at_once(tx) && count > 0 && bulk::writes_in_queries(tx) {
        // The counter and the changes in one statement.
        let head = Clause::new("WITH head AS (UPDATE feed_head SET seq = seq + ").bind(Bind::Int(few));
        let insert = head.sql([" RETURNING seq) INSERT INTO ", COLUMNS, " VALUES "].concat());
        let seq = |before: i64| Clause::new("(SELECT seq FROM head) - ").bind(Bind::Int(before));
        let mut rows = Vec::with_capacity(count);
        for (before, change) in (0..few).rev().zip(done) {
            rows.push(row(seq(before), stamp, &change?));
        }
        let rows = rows.into_iter().enumerate().fold(insert, |statement, (index, row)| {
            if index == 0 { statement.then(row) } else { statement.sql(", ").then(row) }
        });
        let given: Vec<i64> = paging::Statement::<BigInt>::new(rows.sql(" RETURNING seq")).load(tx)?;
        given.into_iter().max().into_iter().for_each(head::appended);
        return Ok(());
    }
    let head = Clause::new("UPDATE feed_head SET seq = seq + ").bind(Bind::Int(few)).sql(" RETURNING seq");
    let head: i64 = paging::Statement::<BigInt>::new(head).get_result(tx)?;
    head::appended(head);
    let mut seq = head - few;
    while done.peek().is_some() {
        let mut rows = Vec::new();
        for change in done.by_ref().take(bulk::rows_at_once(tx)) {
            seq += 1;
            rows.push(row(Clause::default().bind(Bind::Int(seq)), stamp, &change?));
        }
        insert(tx, COLUMNS, rows.into_iter())?;
    }
    Ok(())
}

const COLUMNS: &str = "changes (seq, record_id, kind, version, op, origin, actor, at, batch_id, changed, \
    replaced_by, shape, body, comment, overrode, owners_of)";

/// A row of the log.
fn row(seq: Clause, stamp: &Stamp, change: &Change) -> Clause {
    let changed = serde_json::Value::from(change.changed.clone()).to_string();
    let overrode: serde_json::Value = change
        .overrode
        .iter()
        .map(|(pointer, owner)| serde_json::json!({"pointer": pointer, "owner": owner}))
        .collect();
    let (origin, actor, comment) = if change.adopted {
        (ADOPTED, ADOPTED, None)
    } else {
        (stamp.origin.as_str(), stamp.actor.as_str(), stamp.comment.as_deref())
    };
    let text = |text: &str| Bind::Text(text.to_owned());
    let values = [
        Bind::Id(change.id),
        text(change.kind.as_str()),
        Bind::Int(change.version),
        text(change.op),
        text(origin),
        text(actor),
        Bind::Int(change.at),
        Bind::Id(stamp.batch),
        Bind::Text(changed),
        change.replaced_by.map_or(Bind::Null, Bind::Id),
        Bind::Int(SHAPE),
        change.body.as_deref().map_or(Bind::Null, text),
        comment.map_or(Bind::Null, text),
        if change.overrode.is_empty() { Bind::Null } else { Bind::Text(overrode.to_string()) },
        change.owners_of.map_or(Bind::Null, Bind::Int),
    ];
    let row = Clause::new("(").then(seq);
    values.into_iter().fold(row, |row, value| row.sql(", ").bind(value)).sql(")")
}

/// The number of the newest change.
///
/// # Errors
/// When the database fails.
pub fn head(tx: &mut Conn) -> QueryResult<i64> {
    feed_head::table.select(feed_head::seq).first(tx)
}
