//! Loads the compiled-in seed dataset into an empty registry.
//!
//! The dataset holds what five documents say; each kind compiles in its own file. It is loaded like any
//! import.

use super::import::job::ImportJob;
use super::import::options::ImportOptions;
use super::import::report::ImportSummary;
use super::import::run::{ProgressFn, SavepointMode};
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::{bulk, locks, types};
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::records::author::Author;
use crate::util::clock::Clock;
use diesel::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// The origin of the records of the seed dataset.
pub const ORIGIN: &str = "kakehashi";

/// Reads the records of the dataset, kind by kind.
#[must_use]
pub fn seed_records() -> Vec<Value> {
    let files = Kind::ALL.iter().map(|kind| all::definition(*kind).seed());
    files.filter_map(|file| serde_json::from_str::<Vec<Value>>(file).ok()).flatten().collect()
}

/// Loads the dataset into an empty registry; returns `None` when the registry has any record, even a deleted
/// one.
///
/// # Errors
/// 422 `import_rejected` when a record of the dataset breaks a rule.
pub async fn seed_if_empty(db: &Db, clock: &Clock) -> Result<Option<ImportSummary>> {
    let options = ImportOptions { atomic: true, ..ImportOptions::default() };
    let job = ImportJob::from_records(
        &seed_records(),
        options,
        Author::operator(ORIGIN, "founding", clock),
        clock,
    )?;
    let (at, batch) = (clock.now(), types::new_record_id());
    let watch: ProgressFn = Arc::new(|_| true);
    let write = move |tx: &mut Conn| {
        // Of several processes that start at once, one loads the dataset; the others wait here and find it
        // loaded.
        bulk::disable_statement_timeout(tx)?;
        bulk::disable_lock_timeout(tx)?;
        locks::advisory_lock(tx, "founding")?;
        if !is_empty(tx)? {
            return Ok((None, true));
        }
        job.run_in_transaction(tx, at, batch, SavepointMode::WithoutSavepoints, &watch)?;
        Ok((Some(job.accepted_summary()?), true))
    };
    db.write_exclusive(write).await
}

fn is_empty(tx: &mut Conn) -> TxResult<bool> {
    Ok(records::table.select(records::id).limit(1).load::<types::Id>(tx)?.is_empty())
}
