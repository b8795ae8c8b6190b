//! The writing: batch after batch in transactions of their own, or all batches in one.

use super::importer::{ImportPermit, Importer};
use super::item;
use super::item::catch_refusal;
use super::job::ImportJob;
use super::order::RecordGroup;
use super::pending_changes::PendingChanges;
use super::report::{ImportCounts, ItemResult, ItemWritten};
use super::spool::temp_file_problem;
use crate::db;
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::{savepoint, types};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::store::changes::RecordChange;
use crate::store::{changes, conflicts};
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Hears how far an import is, after every batch; whether it is to go on.
pub type ProgressFn = Arc<dyn Fn(&ImportCounts) -> bool + Send + Sync>;

/// How often a batch is tried that the database cannot take just now.
const MAX_TRIES: u32 = 3;

/// How long the database has peace in between.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How many imports run in this process.
static RUNNING_IMPORTS: AtomicI64 = AtomicI64::new(0);

/// How many imports run in this process.
#[must_use]
pub fn running_imports() -> i64 {
    RUNNING_IMPORTS.load(Ordering::Relaxed)
}

/// An import that runs, until this is dropped.
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

/// How records are written: savepoints cost more than what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavepointMode {
    /// Without savepoints, as far as nothing is rejected.
    WithoutSavepoints,
    /// With a savepoint for each record.
    PerRecord,
}

/// How a run of a whole import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// At its end.
    Completed,
    /// At the first rejection of a quick pass.
    Rejected,
}

/// What became of some records, and their changes.
#[derive(Default)]
struct BatchResult {
    results: Vec<(u32, ItemResult)>,
    changes: Vec<RecordChange>,
    /// Whether each record has a savepoint of its own.
    uses_savepoints: bool,
    /// Whether a record was rejected.
    has_rejected: bool,
}

/// Runs an import to its end; what became of the records is in the job's report.
///
/// # Errors
/// When all is one transaction and the database cannot take it; otherwise what it cannot take is rejected.
pub async fn run_import(db: &Db, job: &Arc<ImportJob>, watch: &ProgressFn) -> Result<()> {
    let _running = RunningImport::start();
    if job.options.atomic || job.options.dry_run {
        let mut whole = SavepointMode::WithoutSavepoints;
        loop {
            let (at, batch) = (job.clock.now(), types::new_record_id());
            let (here, watch) = (job.clone(), watch.clone());
            match db.write_exclusive(move |tx| here.run_in_transaction(tx, at, batch, whole, &watch)).await? {
                RunEnd::Rejected if whole == SavepointMode::WithoutSavepoints => {
                    whole = SavepointMode::PerRecord
                }
                _ => return Ok(()),
            }
        }
    }
    let mut lost = None;
    for batch in job.order.batches() {
        let done = match &lost {
            None => run_batch(db, job, batch.clone()).await,
            Some(problem) => Err(Problem::clone(problem)),
        };
        let counts = match done {
            Ok(done) => {
                job.note_conflicts(db, &done.results).await;
                job.record_results(done.results)
            }
            Err(problem) => {
                let rejected = job.order.groups(batch).iter().flat_map(|component| &component.records);
                let counts =
                    job.record_results(rejected.map(|record| (*record, Err(problem.clone()))).collect());
                lost = Some(problem).filter(|problem| problem.code == ErrorCode::Unavailable);
                counts
            }
        }?;
        if !watch(&counts) {
            break;
        }
    }
    Ok(())
}

/// One batch in a transaction of its own, which is undone and done again with care where something is
/// rejected.
async fn run_batch(db: &Db, job: &Arc<ImportJob>, range: Range<usize>) -> Result<BatchResult> {
    let (mut tries, mut pass) = (1, SavepointMode::WithoutSavepoints);
    loop {
        let (at, id) = (job.clock.now(), types::new_record_id());
        let (here, range) = (job.clone(), range.clone());
        let write = move |tx: &mut Conn| {
            let permit = here.importer.authorize(tx, at, id)?;
            let mut batch = here.write_batch(tx, &permit, range.clone(), pass)?;
            let kept = pass == SavepointMode::PerRecord || !batch.has_rejected;
            if kept {
                changes::append_changes(tx, &permit.author.provenance, &std::mem::take(&mut batch.changes))?;
            }
            Ok((batch, kept))
        };
        match db.write_exclusive(write).await {
            Ok(batch) if batch.has_rejected && pass == SavepointMode::WithoutSavepoints => {
                pass = SavepointMode::PerRecord;
                continue;
            }
            Err(problem) if problem.code == ErrorCode::Unavailable && tries < MAX_TRIES => tries += 1,
            done => return done,
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

impl ImportJob {
    /// Runs the whole import in the transaction `tx`; gives how it ended, and whether what it wrote is to be
    /// kept.
    ///
    /// # Errors
    /// When the database or a temporary file fails, or nobody watches any more.
    pub fn run_in_transaction(
        &self,
        tx: &mut Conn,
        at: i64,
        id: db::types::Id,
        pass: SavepointMode,
        watch: &ProgressFn,
    ) -> TxResult<(RunEnd, bool)> {
        self.reset_results();
        let permit = self.importer.authorize(tx, at, id)?;
        let mut changes = PendingChanges::new();
        for range in self.order.batches() {
            let batch = self.write_batch(tx, &permit, range, pass)?;
            let rejects = batch.has_rejected;
            let counts = self.record_results(batch.results)?;
            if rejects && pass == SavepointMode::WithoutSavepoints {
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
        let kept = self.summary().committed;
        if kept {
            changes.append_to_log(tx, &permit.author.provenance)?;
        }
        Ok((RunEnd::Completed, kept))
    }

    /// Notes for `/v1/sync/status` which records others stand in the way of, and which no longer.
    async fn note_conflicts(&self, db: &Db, verdicts: &[(u32, ItemResult)]) {
        let Importer::KeyHolder(caller) = &self.importer else { return };
        let met = verdicts.iter().filter_map(|(_, verdict)| verdict.as_ref().err());
        let met: Vec<Problem> = met.filter(|problem| conflicts::is_conflict(problem.code)).cloned().collect();
        let settled =
            verdicts.iter().filter_map(|(_, verdict)| Some(verdict.as_ref().ok()?.id)).collect::<Vec<_>>();
        let (key, at) = (caller.credentials.key_id().to_owned(), self.clock.now());
        let asked = key.clone();
        let open = db.primary().read(move |tx| Ok(conflicts::has_conflicts(tx, &asked)?)).await;
        if met.is_empty() && open.is_ok_and(|open| !open) {
            return;
        }
        let write = move |tx: &mut Conn| {
            for problem in &met {
                conflicts::note_conflict(tx, &key, problem, at)?;
            }
            Ok(conflicts::clear_conflicts(tx, &key, &settled)?)
        };
        if let Err(problem) = db.write(write).await {
            log::warn!("conflicts of an import were not noted: {problem}");
        }
    }

    /// Keeps verdicts in the report.
    fn record_results(&self, verdicts: Vec<(u32, ItemResult)>) -> Result<ImportCounts> {
        let mut report = self.report();
        for (record, verdict) in verdicts {
            report.set_result(record, verdict).map_err(temp_file_problem)?;
        }
        Ok(report.counts())
    }

    /// Forgets what an earlier run of the same transaction found.
    fn reset_results(&self) {
        let mut report = self.report();
        self.order.records().for_each(|record| report.reset(record));
    }

    /// A batch. The quick pass ends at the first rejection, and then has to be undone.
    fn write_batch(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        range: Range<usize>,
        pass: SavepointMode,
    ) -> TxResult<BatchResult> {
        let mut batch =
            BatchResult { uses_savepoints: pass == SavepointMode::PerRecord, ..BatchResult::default() };
        for component in self.order.groups(range) {
            self.write_group(tx, permit, component, &mut batch)?;
            if batch.has_rejected && !batch.uses_savepoints {
                break;
            }
        }
        Ok(batch)
    }

    fn write_group(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        component: &RecordGroup,
        batch: &mut BatchResult,
    ) -> TxResult<()> {
        let mut waiting = VecDeque::from([component.clone()]);
        while let Some(component) = waiting.pop_front() {
            if !component.is_cyclic {
                for record in component.records {
                    batch.add(record, self.write_record(tx, permit, record, batch.uses_savepoints)?);
                }
                continue;
            }
            let careful = batch.uses_savepoints;
            let work = |tx: &mut Conn| self.write_cycle(tx, permit, &component, careful);
            let circle = if careful {
                savepoint::with_savepoint(tx, work, CycleResult::is_complete)?
            } else {
                work(tx)?
            };
            // What was reserved and then rejected must not be referred to: the others once more, without it.
            let (is_sound, mut again) = (circle.is_complete(), Vec::new());
            for (record, written) in circle.results {
                if is_sound || circle.reserved_and_rejected.contains(&record) {
                    batch.add(record, written);
                } else {
                    again.push(record);
                }
            }
            if !careful && !is_sound {
                batch.has_rejected = true;
                return Ok(());
            }
            self.order
                .order_groups(&again)
                .into_iter()
                .rev()
                .for_each(|component| waiting.push_front(component));
        }
        Ok(())
    }

    /// Records that refer to one another: their rows first.
    fn write_cycle(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        component: &RecordGroup,
        careful: bool,
    ) -> TxResult<CycleResult> {
        let mut reserved = HashSet::new();
        for record in component.records.iter().filter(|record| !self.order.is_duplicate(**record)) {
            if item::reserve_record(tx, self, permit, *record)? {
                reserved.insert(*record);
            }
        }
        let mut circle = CycleResult::default();
        for record in &component.records {
            let written = self.write_record(tx, permit, *record, careful)?;
            if written.is_err() && reserved.contains(record) {
                circle.reserved_and_rejected.insert(*record);
            }
            // The database may have ended the transaction.
            let ends = written.is_err() && !careful;
            circle.results.push((*record, written));
            if ends {
                break;
            }
        }
        Ok(circle)
    }

    /// A record, in a savepoint of its own where that is asked.
    fn write_record(
        &self,
        tx: &mut Conn,
        permit: &ImportPermit,
        record: u32,
        careful: bool,
    ) -> TxResult<ItemWriteResult> {
        let work = |tx: &mut Conn| catch_refusal(item::write_record(tx, self, permit, record));
        if careful { savepoint::with_savepoint(tx, work, Result::is_ok) } else { work(tx) }
    }
}

/// A record as written, with its changes, or why it was rejected.
type ItemWriteResult = Result<(ItemWritten, Vec<RecordChange>)>;

/// What became of records that refer to one another.
#[derive(Default)]
struct CycleResult {
    results: Vec<(u32, ItemWriteResult)>,
    /// Those that were reserved and then rejected.
    reserved_and_rejected: HashSet<u32>,
}

impl CycleResult {
    fn is_complete(&self) -> bool {
        self.reserved_and_rejected.is_empty()
    }
}

impl BatchResult {
    fn add(&mut self, record: u32, written: ItemWriteResult) {
        let verdict = written.map(|(done, changes)| {
            self.changes.extend(changes);
            done
        });
        self.has_rejected |= verdict.is_err();
        self.results.push((record, verdict));
    }
}
