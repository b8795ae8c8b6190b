//! The writing: batch after batch in transactions of their own, or all batches in one.

use super::changes::Changes;
use super::item::{self, refusable};
use super::plan::Component;
use super::report::{Counts, Done, Verdict};
use super::{Importer, Job, Permit, unspooled};
use crate::db::{self, Conn, Db, Outcome};
use crate::error::{Code, Problem, Result};
use crate::registry::store::{self, Change};
use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Hears how far an import is, after every batch; whether it is to go on.
pub type Watch = Arc<dyn Fn(&Counts) -> bool + Send + Sync>;

/// How often a batch is tried that the database cannot take just now.
const TRIES: u32 = 3;
/// How long the database has peace in between.
const PAUSE: Duration = Duration::from_secs(1);

/// How many imports run in this process.
static RUNNING: AtomicI64 = AtomicI64::new(0);

/// How many imports run in this process.
#[must_use]
pub fn running() -> i64 {
    RUNNING.load(Ordering::Relaxed)
}

/// An import that runs, until this is dropped.
struct Running;

impl Running {
    fn start() -> Self {
        RUNNING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How records are written: savepoints cost more than what stands between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Without savepoints, as far as nothing is rejected.
    Quick,
    /// With a savepoint for each record.
    Careful,
}

/// How a run of a whole import ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// At its end.
    Whole,
    /// At the first rejection of a quick pass.
    Rejecting,
}

/// What became of some records, and their changes.
#[derive(Default)]
struct Batch {
    verdicts: Vec<(u32, Verdict)>,
    changes: Vec<Change>,
    /// Whether each record has a savepoint of its own.
    careful: bool,
    /// Whether a record was rejected.
    rejects: bool,
}

/// Runs an import to its end; what became of the records is in the job's report.
///
/// # Errors
/// When all is one transaction and the database cannot take it; otherwise what it cannot take is rejected.
pub async fn import(db: &Db, job: &Arc<Job>, watch: &Watch) -> Result<()> {
    let _running = Running::start();
    if job.options.atomic || job.options.dry_run {
        let mut whole = Pass::Quick;
        loop {
            let (at, batch) = (job.clock.now(), store::new_id());
            let (here, watch) = (job.clone(), watch.clone());
            match db.write_alone(move |tx| here.run(tx, at, batch, whole, &watch)).await? {
                Ended::Rejecting if whole == Pass::Quick => whole = Pass::Careful,
                _ => return Ok(()),
            }
        }
    }
    let mut lost = None;
    for batch in job.plan.batches() {
        let done = match &lost {
            None => in_batch(db, job, batch.clone()).await,
            Some(problem) => Err(Problem::clone(problem)),
        };
        let counts = match done {
            Ok(done) => {
                job.note_conflicts(db, &done.verdicts).await;
                job.keep(done.verdicts)
            }
            Err(problem) => {
                let rejected = job.plan.components(batch).iter().flat_map(|component| &component.records);
                let counts = job.keep(rejected.map(|record| (*record, Err(problem.clone()))).collect());
                lost = Some(problem).filter(|problem| problem.code == Code::Unavailable);
                counts
            }
        }?;
        if !watch(&counts) {
            break;
        }
    }
    Ok(())
}

/// One batch in a transaction of its own, which is undone and done again with care where something is rejected.
async fn in_batch(db: &Db, job: &Arc<Job>, range: Range<usize>) -> Result<Batch> {
    let (mut tries, mut pass) = (1, Pass::Quick);
    loop {
        let (at, id) = (job.clock.now(), store::new_id());
        let (here, range) = (job.clone(), range.clone());
        let write = move |tx: &mut Conn| {
            let permit = here.importer.permit(tx, at, id)?;
            let mut batch = here.batch(tx, &permit, range.clone(), pass)?;
            let kept = pass == Pass::Careful || !batch.rejects;
            if kept {
                store::append(tx, &permit.author.stamp, &std::mem::take(&mut batch.changes))?;
            }
            Ok((batch, kept))
        };
        match db.write_alone(write).await {
            Ok(batch) if batch.rejects && pass == Pass::Quick => {
                pass = Pass::Careful;
                continue;
            }
            Err(problem) if problem.code == Code::Unavailable && tries < TRIES => tries += 1,
            done => return done,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Job {
    /// Runs the whole import in the transaction `tx`; gives how it ended, and whether what it wrote is to be kept.
    ///
    /// # Errors
    /// When the database or a temporary file fails, or nobody watches any more.
    pub fn run(
        &self,
        tx: &mut Conn,
        at: i64,
        id: db::types::Id,
        pass: Pass,
        watch: &Watch,
    ) -> Outcome<(Ended, bool)> {
        self.forget();
        let permit = self.importer.permit(tx, at, id)?;
        let mut changes = Changes::new();
        for range in self.plan.batches() {
            let batch = self.batch(tx, &permit, range, pass)?;
            let rejects = batch.rejects;
            let counts = self.keep(batch.verdicts)?;
            if rejects && pass == Pass::Quick {
                return Ok((Ended::Rejecting, false));
            }
            if self.summary().committed {
                batch.changes.into_iter().try_for_each(|change| changes.push(change)).map_err(unspooled)?;
            }
            db::late::write(tx)?;
            if !watch(&counts) {
                return Err(Problem::new(Code::Unavailable).into());
            }
        }
        let kept = self.summary().committed;
        if kept {
            changes.append(tx, &permit.author.stamp)?;
        }
        Ok((Ended::Whole, kept))
    }

    /// Notes for `/v1/sync/status` which records others stand in the way of, and which no longer.
    async fn note_conflicts(&self, db: &Db, verdicts: &[(u32, Verdict)]) {
        let Importer::Caller(caller) = &self.importer else { return };
        let met = verdicts.iter().filter_map(|(_, verdict)| verdict.as_ref().err());
        let met: Vec<Problem> = met.filter(|problem| store::is_conflict(problem.code)).cloned().collect();
        let settled =
            verdicts.iter().filter_map(|(_, verdict)| Some(verdict.as_ref().ok()?.id)).collect::<Vec<_>>();
        let (key, at) = (caller.credentials.id().to_owned(), self.clock.now());
        let asked = key.clone();
        let open = db.primary().read(move |tx| Ok(store::has_conflicts(tx, &asked)?)).await;
        if met.is_empty() && open.is_ok_and(|open| !open) {
            return;
        }
        let write = move |tx: &mut Conn| {
            for problem in &met {
                store::note(tx, &key, problem, at)?;
            }
            Ok(store::settle_all(tx, &key, &settled)?)
        };
        if let Err(problem) = db.write(write).await {
            log::warn!("conflicts of an import were not noted: {problem}");
        }
    }

    /// Keeps verdicts in the report.
    fn keep(&self, verdicts: Vec<(u32, Verdict)>) -> Result<Counts> {
        let mut report = self.report();
        for (record, verdict) in verdicts {
            report.record(record, verdict).map_err(unspooled)?;
        }
        Ok(report.counts())
    }

    /// Forgets what an earlier run of the same transaction found.
    fn forget(&self) {
        let mut report = self.report();
        self.plan.records().for_each(|record| report.forget(record));
    }

    /// A batch. The quick pass ends at the first rejection, and then has to be undone.
    fn batch(&self, tx: &mut Conn, permit: &Permit, range: Range<usize>, pass: Pass) -> Outcome<Batch> {
        let mut batch = Batch { careful: pass == Pass::Careful, ..Batch::default() };
        for component in self.plan.components(range) {
            self.component(tx, permit, component, &mut batch)?;
            if batch.rejects && !batch.careful {
                break;
            }
        }
        Ok(batch)
    }

    fn component(
        &self,
        tx: &mut Conn,
        permit: &Permit,
        component: &Component,
        batch: &mut Batch,
    ) -> Outcome<()> {
        let mut waiting = VecDeque::from([component.clone()]);
        while let Some(component) = waiting.pop_front() {
            if !component.is_circle {
                for record in component.records {
                    batch.add(record, self.alone(tx, permit, record, batch.careful)?);
                }
                continue;
            }
            let careful = batch.careful;
            let work = |tx: &mut Conn| self.circle(tx, permit, &component, careful);
            let circle = if careful { db::savepoint(tx, work, Circle::is_sound)? } else { work(tx)? };
            // What was reserved and then rejected must not be referred to: the others once more, without it.
            let (is_sound, mut again) = (circle.is_sound(), Vec::new());
            for (record, written) in circle.written {
                if is_sound || circle.unwritten.contains(&record) {
                    batch.add(record, written);
                } else {
                    again.push(record);
                }
            }
            if !careful && !is_sound {
                batch.rejects = true;
                return Ok(());
            }
            self.plan.order(&again).into_iter().rev().for_each(|component| waiting.push_front(component));
        }
        Ok(())
    }

    /// Records that refer to one another: their rows first.
    fn circle(
        &self,
        tx: &mut Conn,
        permit: &Permit,
        component: &Component,
        careful: bool,
    ) -> Outcome<Circle> {
        let mut reserved = HashSet::new();
        for record in component.records.iter().filter(|record| !self.plan.is_again(**record)) {
            if item::reserve(tx, self, permit, *record)? {
                reserved.insert(*record);
            }
        }
        let mut circle = Circle::default();
        for record in &component.records {
            let written = self.alone(tx, permit, *record, careful)?;
            if written.is_err() && reserved.contains(record) {
                circle.unwritten.insert(*record);
            }
            // The database may have ended the transaction.
            let ends = written.is_err() && !careful;
            circle.written.push((*record, written));
            if ends {
                break;
            }
        }
        Ok(circle)
    }

    /// A record, in a savepoint of its own where that is asked.
    fn alone(&self, tx: &mut Conn, permit: &Permit, record: u32, careful: bool) -> Outcome<Written> {
        let work = |tx: &mut Conn| refusable(item::write(tx, self, permit, record));
        if careful { db::savepoint(tx, work, Result::is_ok) } else { work(tx) }
    }
}

/// A record as written, with its changes, or why it was rejected.
type Written = Result<(Done, Vec<Change>)>;

/// What became of records that refer to one another.
#[derive(Default)]
struct Circle {
    written: Vec<(u32, Written)>,
    /// Those that were reserved and then rejected.
    unwritten: HashSet<u32>,
}

impl Circle {
    fn is_sound(&self) -> bool {
        self.unwritten.is_empty()
    }
}

impl Batch {
    fn add(&mut self, record: u32, written: Written) {
        let verdict = written.map(|(done, changes)| {
            self.changes.extend(changes);
            done
        });
        self.rejects |= verdict.is_err();
        self.verdicts.push((record, verdict));
    }
}
