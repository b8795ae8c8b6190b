//! Integrity check of the change log against the records, their identifiers and their references.
//!
//! It finds missing change numbers and versions, records that differ from their newest change, identifiers of
//! a content without their row in `identifiers`, and rows of `refs` that differ from the content.

use crate::db::bulk;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{changes, feed_head, identifiers, records, refs};
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::records::stored::StoredRecord;
use crate::store::records::DELETED;
use crate::store::references::Reference;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};

/// Rows read per statement.
const BATCH_SIZE: i64 = 250;

/// The most errors that a report lists.
const MAX_ERRORS: usize = 100;

/// The result of a check: counts and errors.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The number of the newest change.
    pub head: i64,
    /// The number of changes.
    pub changes: i64,
    /// The number of records, tombstones included.
    pub records: usize,
    /// The first hundred errors, one sentence each; empty when the log is intact.
    pub errors: Vec<String>,
    /// The number of errors not listed.
    pub omitted: usize,
}

impl VerifyReport {
    fn add_error(&mut self, error: String) {
        if self.errors.len() < MAX_ERRORS { self.errors.push(error) } else { self.omitted += 1 }
    }
}

/// The newest change of a record read so far. There is one for each record in memory, so it is kept small.
#[derive(Default)]
struct NewestChange {
    version: i64,
    is_deletion: bool,
    /// Whether the body of some version is missing, which only the erasure of a deleted record may cause.
    has_erased_body: bool,
    /// The first 128 bits of the SHA-256 of the body.
    body_digest: [u8; 16],
}

/// Reads the whole log and compares it with the records. What is wrong stands in the report, not in the
/// error.
pub fn verify(tx: &mut Conn) -> TxResult<VerifyReport> {
    bulk::disable_statement_timeout(tx)?;
    let (head, base) = feed_head::table.select((feed_head::seq, feed_head::base)).first(tx)?;
    let mut report = VerifyReport { head, ..VerifyReport::default() };
    let newest = read_log(tx, base, &mut report)?;
    compare_records(tx, &newest, &mut report)?;
    Ok(report)
}

/// Checks the sequence of the changes; returns the newest change of each record.
fn read_log(tx: &mut Conn, base: i64, report: &mut VerifyReport) -> TxResult<HashMap<Id, NewestChange>> {
    let mut newest: HashMap<Id, NewestChange> = HashMap::new();
    let (mut seen, mut after) = (base, i64::MIN);
    loop {
        let rows: Vec<(i64, Id, i64, String, Option<String>)> = changes::table
            .filter(changes::seq.gt(after))
            .select((changes::seq, changes::record_id, changes::version, changes::op, changes::body))
            .order(changes::seq)
            .limit(BATCH_SIZE)
            .load(tx)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (seq, id, version, op, body) in rows {
            if seq <= base {
                report.add_error(format!("change {seq} is not above the base, {base}"));
            } else if seq != seen + 1 {
                report.add_error(describe_gap(seen + 1, seq - 1));
            }
            seen = seen.max(seq);
            report.changes += 1;
            let entry = newest.entry(id).or_default();
            if version != entry.version + 1 {
                report.add_error(format!(
                    "change {seq}: version {version} of {id} follows version {}",
                    entry.version
                ));
            }
            entry.version = version;
            entry.is_deletion = leaves_tombstone(&op);
            entry.has_erased_body |= body.is_none() && !entry.is_deletion;
            entry.body_digest = digest_body(body.as_deref().unwrap_or_default());
        }
    }
    if seen != report.head {
        report.add_error(format!("the newest change is {seen}, but the head says {}", report.head));
    }
    Ok(newest)
}

/// Whether an operation leaves a tombstone.
fn leaves_tombstone(op: &str) -> bool {
    matches!(op, "delete" | "merge")
}

fn describe_gap(first: i64, last: i64) -> String {
    if first == last {
        format!("change {first} is missing")
    } else {
        format!("the changes {first} to {last} are missing")
    }
}

fn digest_body(body: &str) -> [u8; 16] {
    Sha256::digest(body).first_chunk().copied().unwrap_or_default()
}

/// Compares each record with its newest change, and its content with its identifiers and references.
fn compare_records(
    tx: &mut Conn,
    newest: &HashMap<Id, NewestChange>,
    report: &mut VerifyReport,
) -> TxResult<()> {
    let mut after = Id(uuid::Uuid::nil());
    loop {
        let rows: Vec<(Id, String, i64, String, String)> = records::table
            .filter(records::id.gt(after))
            .select((records::id, records::kind, records::version, records::state, records::content))
            .order(records::id)
            .limit(BATCH_SIZE)
            .load(tx)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        report.records += rows.len();
        let mut projections = StoredProjections::load(tx, rows.iter().map(|(id, ..)| *id).collect())?;
        for (id, kind, version, state, content) in rows {
            let is_deleted = state == DELETED;
            let agrees = newest.get(&id).is_some_and(|newest| {
                newest.version == version
                    && newest.is_deletion == is_deleted
                    && (is_deleted || newest.body_digest == digest_body(&content))
            });
            if !agrees {
                report.add_error(format!("record {id} is not its newest change"));
            }
            if !is_deleted && newest.get(&id).is_some_and(|newest| newest.has_erased_body) {
                report.add_error(format!("record {id} is not deleted, but the body of a version is missing"));
            }
            projections.check(id, (!is_deleted).then_some((&*kind, &*content)), report);
        }
    }
}

/// The rows of `identifiers` and `refs` of a batch of records.
struct StoredProjections {
    identifiers: BTreeSet<(Id, Identifier)>,
    references: HashMap<Id, Vec<Reference>>,
}

impl StoredProjections {
    fn load(tx: &mut Conn, ids: Vec<Id>) -> TxResult<Self> {
        let identifier_rows: Vec<(Id, String, String)> = identifiers::table
            .filter(identifiers::record_id.eq_any(ids.clone()))
            .select((identifiers::record_id, identifiers::scheme, identifiers::value))
            .load(tx)?;
        let identifiers = identifier_rows
            .into_iter()
            .map(|(id, scheme, value)| (id, Identifier { scheme, value }))
            .collect();
        let reference_rows: Vec<(Id, String, Id)> = refs::table
            .filter(refs::from_record.eq_any(ids))
            .select((refs::from_record, refs::pointer, refs::to_record))
            .load(tx)?;
        let mut references: HashMap<Id, Vec<Reference>> = HashMap::new();
        for (from, pointer, to) in reference_rows {
            references.entry(from).or_default().push((pointer, to));
        }
        Ok(Self { identifiers, references })
    }

    /// Compares the rows with the kind and content of a record; `None` for a tombstone, which must have no
    /// references.
    fn check(&mut self, id: Id, live: Option<(&str, &str)>, report: &mut VerifyReport) {
        let mut stored_references = self.references.remove(&id).unwrap_or_default();
        stored_references.sort();
        let mut expected = Vec::new();
        if let Some((kind, content)) = live {
            match StoredRecord::parse(kind, content) {
                Ok(mut stored) => {
                    for identifier in stored.identifiers() {
                        let pair = (id, identifier);
                        if !self.identifiers.contains(&pair) {
                            report.add_error(format!(
                                "record {id} has no identifier {} of its content",
                                pair.1
                            ));
                        }
                    }
                    expected = stored.references();
                }
                Err(why) => return report.add_error(format!("record {id} cannot be read: {why}")),
            }
        }
        if stored_references != expected {
            report.add_error(format!("the references of record {id} are not those of its content"));
        }
    }
}
