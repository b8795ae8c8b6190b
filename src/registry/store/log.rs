//! The change log: every version of every record, in the order of the commits.

use super::SHAPE;
use crate::db::schema::{changes, feed_head};
use crate::db::types::Id;
use crate::db::{self, Conn, Outcome};
use crate::vocabulary::Kind;
use diesel::prelude::*;

/// What a write did to a record, for the log.
#[derive(Debug, Clone)]
pub struct Change {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// The version the write made.
    pub version: i64,
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
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let head: i64 = diesel::update(feed_head::table)
        .set(feed_head::seq.eq(feed_head::seq + count))
        .returning(feed_head::seq)
        .get_result(tx)?;
    db::head::appended(head);
    for (seq, change) in (head - count + 1..).zip(done) {
        let change = change?;
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
        let row = (
            changes::seq.eq(seq),
            changes::record_id.eq(change.id),
            changes::kind.eq(change.kind.as_str()),
            changes::version.eq(change.version),
            changes::op.eq(change.op),
            changes::origin.eq(origin),
            changes::actor.eq(actor),
            changes::at.eq(stamp.at),
            changes::batch_id.eq(stamp.batch),
            changes::changed.eq(changed),
            changes::replaced_by.eq(change.replaced_by),
            changes::shape.eq(SHAPE),
            changes::body.eq(change.body.as_deref()),
            changes::comment.eq(comment),
            changes::overrode.eq((!change.overrode.is_empty()).then(|| overrode.to_string())),
        );
        diesel::insert_into(changes::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// The number of the newest change.
///
/// # Errors
/// When the database fails.
pub fn head(tx: &mut Conn) -> QueryResult<i64> {
    feed_head::table.select(feed_head::seq).first(tx)
}
