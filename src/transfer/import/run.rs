//! Runs an import, in one transaction or a transaction per batch.
//!
//! Savepoints are costly, so each batch is first written without; only when a record is rejected is it rolled
//! back and written again with a savepoint per record.

use super::importer::{ImportPermit, Importer};
use super::item::{self, catch_refusal};
use super::job::ImportJob;
use super::order::RecordGroup;
use super::pending_changes::PendingChanges;
use super::report::{ImportCounts, ItemResult, ItemWritten};
use super::spool::temp_file_problem;
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::{self, savepoint, types};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::store::changes::{self, RecordChange};
use crate::store::conflicts;
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Called with the counts after every batch; returns whether the import is to go on.
pub type ProgressFn = Arc<dyn Fn(&ImportCounts) -> bool + Send + Sync>;

/// How often a batch is tried while the database is unavailable.
const MAX_TRIES: u32 = 3;

/// The pause between two tries.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// The number of imports that run in this process.
static RUNNING_IMPORTS: AtomicI64 = AtomicI64::new(0);

/// Returns the number of imports that run in this process.
#[must_use]
pub fn running_imports() -> i64 {
    RUNNING_IMPORTS.load(Ordering::Relaxed)
}

/// Counts a running import until it is dropped.
struct RunningImport;

impl RunningImport {
    fn start() -> Self {
        RUNNING_IMPORTS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for RunningImport {
    fn drop(&mut self) {
        RUNNING_IMPORTS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether records are written in savepoints, which cost more than the writes in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavepointMode {
    /// No savepoints: the first rejected record ends the pass.
    WithoutSavepoints,
    /// A savepoint for each record.
    PerRecord,
}

/// How a pass over a whole import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// Every record was written or rejected.
    Completed,
    /// A pass without savepoints met a rejected record.
    Rejected,
}

/// The results of a batch, and its changes for the log.
#[derive(Default)]
struct BatchResult {
    results: Vec<(u32, ItemResult)>,
    changes: Vec<RecordChange>,
    /// Whether each record has a savepoint of its own.
    uses_savepoints: bool,
    /// Whether a record was rejected.
    has_rejected: bool,
}

/// Runs an import to its end; the results go to the report of the job. Batches that the database cannot take
/// are rejected, and so are all that follow an outage.
///
/// # Errors
/// 503 when an import of one transaction (atomic, dry run) cannot be written.
pub async fn run_import(db: &Db, job: &Arc<ImportJob>, watch: &ProgressFn) -> Result<()> {
    let _running = RunningImport::start();
    if job.options.atomic || job.options.dry_run {
        let mut mode = SavepointMode::WithoutSavepoints;
        loop {
            let (at, batch) = (job.clock.now(), types::new_record_id());
            let (job, watch) = (job.clone(), watch.clone());
            match db.write_exclusive(move |tx| job.run_in_transaction(tx, at, batch, mode, &watch)).await? {
                RunEnd::Rejected if mode == SavepointMode::WithoutSavepoints => {
                    mode = SavepointMode::PerRecord;
                }
                _ => return Ok(()),
            }
        }
    }
    let mut outage: Option<Problem> = None;
    for batch in job.order.batches() {
        let result = match &outage {
            None => run_batch(db, job, batch.clone()).await,
            Some(problem) => Err(problem.clone()),
        };
        let counts = match result {
            Ok(batch) => {
                job.note_conflicts(db, &batch.results).await;
                job.record_results(batch.results)
            }
            Err(problem) => {
                let rejected = job.order.groups(batch).iter().flat_map(|group| &group.records);
                let counts =
                    job.record_results(rejected.map(|record| (*record, Err(problem.clone()))).collect());
                outage = Some(problem).filter(|problem| problem.code == ErrorCode::Unavailable);
                counts
            }
        }?;
        if !watch(&counts) {
            break;
        }
    }
    Ok(())
}

/// Writes a batch in a transaction of its own. When a record is rejected, the transaction is rolled back and
/// run again with a savepoint per record.
async fn run_batch(db: &Db, job: &Arc<ImportJob>, range: Range<usize>) -> Result<BatchResult> {
    let (mut tries, mut mode) = (1, SavepointMode::WithoutSavepoints);
    loop {
        let (at, id) = (job.clock.now(), types::new_record_id());
        let (job, range) = (job.clone(), range.clone());
        let write = move |tx: &mut Conn| {
            let permit = job.importer.authorize(tx, at, id)?;
            let mut batch = job.write_batch(tx, &permit, range.clone(), mode)?;
            let commit = mode == SavepointMode::PerRecord || !batch.has_rejected;
            if commit {
                changes::append_changes(tx, &permit.author.provenance, &std::mem::take(&mut batch.changes))?;
            }
            Ok((batch, commit))
        };
        match db.write_exclusive(write).await {
            Ok(batch) if batch.has_rejected && mode == SavepointMode::WithoutSavepoints => {
                mode = SavepointMode::PerRecord;
                continue;
            }
            Err(problem) if problem.code == ErrorCode::Unavailable && tries < MAX_TRIES => tries += 1,
            result => return result,
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

impl ImportJob {
    /// Runs the whole import in the transaction `tx`; returns how it ended and whether to commit.
    ///
    /// # Errors
    /// 503 when a temporary file fails or `watch` stops the import.
    pub fn run_in_transaction(
        &self,
        tx: &mut Conn,
        at: i64,
        id: db::types::Id,
        mode: SavepointMode,
        watch: &ProgressFn,
    ) -> TxResult<(RunEnd, bool)> {
        self.reset_results();
        let permit = self.importer.authorize(tx, at, id)?;
        let mut changes = PendingChanges::new();
        for range in self.order.batches() {
            let batch = self.write_batch(tx, &permit, range, mode)?;
            let has_rejected = batch.has_rejected;
            let counts = self.record_results(batch.results)?;
            if has_rejected && mode == SavepointMode::WithoutSavepoints {
                return Ok((RunEnd::Rejected, false));
            }
            if self.summary().committed {
                batch
                    .changes
                    .into_iter()
                    .try_for_each(|change| changes.push(change))
                    .map_err(temp_file_problem)?;
            }
            db::deferred::flush(tx)?;
            if !watch(&counts) {
                return Err(Problem::new(ErrorCode::Unavailable).into());
            }
        }
        let commit = self.summary().committed;
        if commit {
            changes.append_to_log(tx, &permit.author.provenance)?;
        }
        Ok((RunEnd::Completed, commit))
    }

    /// Notes write conflicts for `/v1/sync/status`, and clears those of records that were written.
    async fn note_conflicts(&self, db: &Db, results: &[(u32, ItemResult)]) {
        let Importer::KeyHolder(key_holder) = &self.importer else { return };
        let new_conflicts = results.iter().filter_map(|(_, result)| result.as_ref().err());
        let new_conflicts: Vec<Problem> =
            new_conflicts.filter(|problem| conflicts::is_conflict(problem.code)).cloned().collect();
        let written =
            results.iter().filter_map(|(_, result)| Some(result.as_ref().ok()?.id)).collect::<Vec<_>>();
        let (key, at) = (key_holder.credentials.key_id().to_owned(), self.clock.now());
        let key_id = key.clone();
        let has_open = db.primary().read(move |tx| Ok(conflicts::has_conflicts(tx, &key_id)?)).await;
        if new_conflicts.is_empty() && has_open.is_ok_and(|has_open| !has_open) {
            return;
        }
        let write = move |tx: &mut Conn| {
            for problem in &new_conflicts {
                conflicts::note_conflict(tx, &key, problem, at)?;
            }
            Ok(conflicts::clear_conflicts(tx, &key, &written)?)
        };
        if let Err(problem) = db.write(write).await {
            log::warn!("conflicts of an import were not noted: {problem}");
        }
    }

    /// Records results in the report.
    fn record_results(&self, results: Vec<(u32, ItemResult)>) -> Result<ImportCounts> {
        let mut report = self.report();
        for (record, result) in results {
            report.set_result(record, result).map_err(temp_file_problem)?;
        }
        Ok(report.counts())
    }

    /// Resets the results of an earlier pass or try of the transaction.
    fn reset_results(&self) {
        let mut report = self.report();
        self.order.records().for_each(|record| report.reset(record));
    }

    /// Writes a batch. Without savepoints it ends at the first rejected record and must be rolled back.
    fn write_batch(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        range: Range<usize>,
        mode: SavepointMode,
    ) -> TxResult<BatchResult> {
        let mut batch =
            BatchResult { uses_savepoints: mode == SavepointMode::PerRecord, ..BatchResult::default() };
        for group in self.order.groups(range) {
            self.write_group(tx, permit, group, &mut batch)?;
            if batch.has_rejected && !batch.uses_savepoints {
                break;
            }
        }
        Ok(batch)
    }

    /// Writes a group: single records one by one, a cycle together.
    fn write_group(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        group: &RecordGroup,
        batch: &mut BatchResult,
    ) -> TxResult<()> {
        let mut queue = VecDeque::from([group.clone()]);
        while let Some(group) = queue.pop_front() {
            if !group.is_cyclic {
                for record in group.records {
                    batch.add(record, self.write_record(tx, permit, record, batch.uses_savepoints)?);
                }
                continue;
            }
            let uses_savepoints = batch.uses_savepoints;
            let work = |tx: &mut Conn| self.write_cycle(tx, permit, &group, uses_savepoints);
            let cycle = if uses_savepoints {
                savepoint::with_savepoint(tx, work, CycleResult::is_complete)?
            } else {
                work(tx)?
            };
            // A record that was reserved and then rejected must not be referred to: write the others again
            // without it.
            let (is_complete, mut to_rewrite) = (cycle.is_complete(), Vec::new());
            for (record, written) in cycle.results {
                if is_complete || cycle.reserved_and_rejected.contains(&record) {
                    batch.add(record, written);
                } else {
                    to_rewrite.push(record);
                }
            }
            if !uses_savepoints && !is_complete {
                batch.has_rejected = true;
                return Ok(());
            }
            self.order.order_groups(&to_rewrite).into_iter().rev().for_each(|group| queue.push_front(group));
        }
        Ok(())
    }

    /// Writes a reference cycle: reserves the rows first, so that records can refer to one another.
    fn write_cycle(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        group: &RecordGroup,
        uses_savepoints: bool,
    ) -> TxResult<CycleResult> {
        let mut reserved = HashSet::new();
        for record in group.records.iter().filter(|record| !self.order.is_duplicate(**record)) {
            if item::reserve_record(tx, self, permit, *record)? {
                reserved.insert(*record);
            }
        }
        let mut cycle = CycleResult::default();
        for record in &group.records {
            let written = self.write_record(tx, permit, *record, uses_savepoints)?;
            if written.is_err() && reserved.contains(record) {
                cycle.reserved_and_rejected.insert(*record);
            }
            // Without a savepoint, the transaction may be aborted (PostgreSQL): no further statement.
            let ends = written.is_err() && !uses_savepoints;
            cycle.results.push((*record, written));
            if ends {
                break;
            }
        }
        Ok(cycle)
    }

    /// Writes a record, in a savepoint of its own with `uses_savepoints`.
    fn write_record(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        record: u32,
        uses_savepoints: bool,
    ) -> TxResult<ItemWriteResult> {
        let work = |tx: &mut Conn| catch_refusal(item::write_record(tx, self, permit, record));
        if uses_savepoints { savepoint::with_savepoint(tx, work, Result::is_ok) } else { work(tx) }
    }
}

/// A written record with its changes, or the problem for which it was rejected.
type ItemWriteResult = Result<(ItemWritten, Vec<RecordChange>)>;

/// The results of a reference cycle.
#[derive(Default)]
struct CycleResult {
    results: Vec<(u32, ItemWriteResult)>,
    /// Records that were reserved and then rejected.
    reserved_and_rejected: HashSet<u32>,
}

impl CycleResult {
    fn is_complete(&self) -> bool {
        self.reserved_and_rejected.is_empty()
    }
}

impl BatchResult {
    fn add(&mut self, record: u32, written: ItemWriteResult) {
        let result = written.map(|(item, changes)| {
            self.changes.extend(changes);
            item
        });
        self.has_rejected |= result.is_err();
        self.results.push((record, result));
    }
}
