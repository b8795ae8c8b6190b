//! Whether the change log tells the truth: no number is missing, and each record is its newest change.

use crate::db::schema::{changes, feed_head, records};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::store::DELETED;
use diesel::prelude::*;
use std::collections::HashMap;

/// Changes read at a time.
const BATCH: i64 = 1000;

/// What the log holds, and what is wrong with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of the newest change.
    pub head: i64,
    /// How many records there are, tombstones included.
    pub records: usize,
    /// What is wrong, one sentence each; empty when the log is true.
    pub errors: Vec<String>,
}

/// The newest change of a record seen so far: version, whether it deletes, digest of the body.
type Newest = (i64, bool, String);

/// Reads the whole log and compares it with the records.
///
/// # Errors
/// When the database fails.
pub fn verify(tx: &mut Conn) -> Outcome<Report> {
    let (head, base) = feed_head::table.select((feed_head::seq, feed_head::base)).first(tx)?;
    let mut report = Report { head, ..Report::default() };
    let mut newest: HashMap<Id, Newest> = HashMap::new();
    let mut seen: i64 = base;
    loop {
        let rows: Vec<(i64, Id, i64, String, Option<String>)> = changes::table
            .filter(changes::seq.gt(seen))
            .select((changes::seq, changes::record_id, changes::version, changes::op, changes::body))
            .order(changes::seq)
            .limit(BATCH)
            .load(tx)?;
        if rows.is_empty() {
            break;
        }
        for (seq, id, version, op, body) in rows {
            if seq != seen + 1 {
                report.errors.push(format!("change {} is missing", seen + 1));
            }
            seen = seq;
            let before = newest.get(&id).map_or(0, |(version, ..)| *version);
            if version != before + 1 {
                report
                    .errors
                    .push(format!("change {seq}: version {version} of {id} follows version {before}"));
            }
            let digest = crate::http::replies::digest(body.unwrap_or_default().as_bytes());
            newest.insert(id, (version, matches!(op.as_str(), "delete" | "merge"), digest));
        }
    }
    if seen != report.head {
        report.errors.push(format!("the newest change is {seen}, but the head says {}", report.head));
    }
    compare(tx, &newest, &mut report)?;
    Ok(report)
}

fn compare(tx: &mut Conn, newest: &HashMap<Id, Newest>, report: &mut Report) -> Outcome<()> {
    let mut after = Id(uuid::Uuid::nil());
    loop {
        let rows: Vec<(Id, i64, String, String)> = records::table
            .filter(records::id.gt(after))
            .select((records::id, records::version, records::state, records::content))
            .order(records::id)
            .limit(BATCH)
            .load(tx)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        report.records += rows.len();
        for (id, version, state, content) in rows {
            let is_deleted = state == DELETED;
            let digest = crate::http::replies::digest(content.as_bytes());
            let agrees = newest.get(&id).is_some_and(|(newest, deletes, body)| {
                *newest == version && *deletes == is_deleted && (is_deleted || *body == digest)
            });
            if !agrees {
                report.errors.push(format!("record {id} is not its newest change"));
            }
        }
    }
}
