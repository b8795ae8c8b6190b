//! SQLite's one writer: a thread that takes the writes that wait, and commits them together.
//!
//! A group runs in one transaction without savepoints, which cost more than what stands between them. What is refused
//! before it has written anything leaves nothing behind; where a write fails after that, or panics, the group is undone
//! and runs once more with a savepoint for each, so that the failed one undoes its own alone.
//!
//! A write is answered after the commit, so what was acknowledged is on the disk. When the commit fails, or SQLite
//! itself ended the transaction (disk full, I/O error), every write of the group is answered 503 and the connection is
//! replaced.

use super::connection::{Conn, Manager, OpenError};
use super::error::{Failure, Outcome};
use super::figures::Figures;
use super::head::{self, Head};
use super::paging::Statement;
use super::sql::Clause;
use super::{late, slow};
use crate::error::{Code, Problem, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most writes in one commit.
const GROUP: usize = 128;
/// The most writes that wait; one more is answered 503.
pub(super) const QUEUE: usize = 4096;
/// A write that waited longer is dropped unexecuted: its caller has given up.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// The groups after one that had to be undone which have savepoints from their start.
const CAREFUL: u32 = 8;

/// A group waits for more writes at most this part of the time that the one before it took, and never longer than
/// [`PATIENCE`].
const PART: u32 = 4;
/// See [`PART`].
const PATIENCE: Duration = Duration::from_millis(2);

/// What the last group tells of the next.
#[derive(Default)]
struct Round {
    /// The writes that were in it, or waited when it was done: as many are to be expected again.
    writes: usize,
    /// How long it took.
    taken: Duration,
}

/// The transaction is gone, or has to go.
struct Lost;

/// A write that waits.
trait Job: Send {
    /// Runs the write in the transaction.
    fn run(&mut self, tx: &mut Conn) -> std::result::Result<(), Lost>;
    /// Whether the write has to have a transaction of its own.
    fn is_alone(&self) -> bool;
    /// Runs the write in a transaction of its own; whether it is to be kept.
    fn run_alone(&mut self, tx: &mut Conn) -> bool;
    /// Runs the write in a savepoint of its own.
    fn run_apart(&mut self, tx: &mut Conn) -> std::result::Result<(), Lost>;
    /// Answers the caller: after a commit (true), or after its failure.
    fn answer(self: Box<Self>, committed: bool);
}

struct Waiting<T, F> {
    write: F,
    alone: bool,
    deadline: Instant,
    /// The id of the request that waits.
    request: Option<Arc<str>>,
    answer: oneshot::Sender<Result<T>>,
    result: Result<T>,
}

fn unavailable() -> Problem {
    Problem::new(Code::Unavailable)
}

impl<T, F: Fn(&mut Conn) -> Outcome<(T, bool)>> Waiting<T, F> {
    /// Runs the write, on behalf of the request that waits for it; a panic is an error.
    fn attempt(&self, tx: &mut Conn) -> std::thread::Result<Outcome<(T, bool)>> {
        slow::on_behalf(self.request.clone(), || catch_unwind(AssertUnwindSafe(|| (self.write)(tx))))
    }
}

impl<T: Send, F: Fn(&mut Conn) -> Outcome<(T, bool)> + Send> Job for Waiting<T, F> {
    fn run(&mut self, tx: &mut Conn) -> std::result::Result<(), Lost> {
        if Instant::now() > self.deadline {
            return Ok(());
        }
        let (before, waiting) = (written(tx).map_err(|_| Lost)?, late::so_far());
        match self.attempt(tx) {
            Ok(Ok((value, true))) => self.result = Ok(value),
            Ok(Err(Failure::Refused(problem))) if written(tx).is_ok_and(|now| now == before) => {
                late::undone(waiting);
                self.result = Err(problem);
            }
            // A failure of the database may have ended the transaction.
            _ => return Err(Lost),
        }
        Ok(())
    }

    fn is_alone(&self) -> bool {
        self.alone
    }

    fn run_alone(&mut self, tx: &mut Conn) -> bool {
        if Instant::now() > self.deadline {
            return false;
        }
        let (result, kept) = match self.attempt(tx) {
            Ok(Ok((value, kept))) => (Ok(value), kept),
            Ok(Err(failure)) => (Err(failure.into_problem()), false),
            Err(_) => (Err(Problem::new(Code::Internal)), false),
        };
        self.result = result;
        kept
    }

    fn run_apart(&mut self, tx: &mut Conn) -> std::result::Result<(), Lost> {
        let mut tries = 0;
        self.result = Err(unavailable());
        while Instant::now() <= self.deadline {
            let (appended, waiting) = (head::so_far(), late::so_far());
            tx.batch_execute("SAVEPOINT job").map_err(|_| Lost)?;
            let outcome = self.attempt(tx);
            if let Ok(Ok((value, true))) = outcome {
                tx.batch_execute("RELEASE job").map_err(|_| Lost)?;
                self.result = Ok(value);
                break;
            }
            tx.batch_execute("ROLLBACK TO job; RELEASE job").map_err(|_| Lost)?;
            head::undone(appended);
            late::undone(waiting);
            self.result = Err(match outcome {
                Ok(Err(failure)) if failure.is_transient() && tries == 0 => {
                    tries += 1;
                    continue;
                }
                Ok(Err(failure)) => failure.into_problem(),
                _ => Problem::new(Code::Internal),
            });
            break;
        }
        Ok(())
    }

    fn answer(self: Box<Self>, committed: bool) {
        let result = if committed { self.result } else { self.result.and(Err(unavailable())) };
        let _ = self.answer.send(result);
    }
}

pub(super) struct Writer {
    jobs: SyncSender<Box<dyn Job>>,
    figures: Arc<Figures>,
}

impl Writer {
    /// Starts the thread; `queue` writes may wait for it.
    pub(super) fn start(
        manager: Manager,
        queue: usize,
        head: Head,
        figures: Arc<Figures>,
    ) -> std::result::Result<Self, OpenError> {
        let (jobs, waiting) = sync_channel(queue);
        let (connection, counts) = (open(&manager)?, figures.clone());
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || serve(&manager, &head, Some(connection), &waiting, &counts))
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        Ok(Self { jobs, figures })
    }

    /// Queues a write, `alone` or to be one of a group, and waits for its commit. What a write alone wrote is undone
    /// where it says so.
    pub(super) async fn submit<T, F>(&self, alone: bool, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<(T, bool)> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + DEADLINE;
        let request = slow::request();
        let job = Box::new(Waiting { write, alone, deadline, request, answer, result: Err(unavailable()) });
        self.figures.queue();
        self.jobs.try_send(job).map_err(|_| {
            self.figures.unqueue(1);
            self.figures.refuse()
        })?;
        answered.await.unwrap_or_else(|_| Err(unavailable()))
    }
}

/// The rows that a connection has written so far, undone ones included.
fn written(connection: &mut Conn) -> QueryResult<i64> {
    Statement::<BigInt>::new(Clause::new("SELECT total_changes()")).get_result(connection)
}

fn open(manager: &Manager) -> std::result::Result<Conn, OpenError> {
    let mut connection = manager.open()?;
    connection.write_much().map_err(|error| OpenError::Connect(error.to_string()))?;
    Ok(connection)
}

fn serve(
    manager: &Manager,
    head: &Head,
    mut connection: Option<Conn>,
    waiting: &Receiver<Box<dyn Job>>,
    figures: &Figures,
) {
    let (mut careful, mut next, mut last) = (0, None, Round::default());
    while let Some(first) = next.take().or_else(|| waiting.recv().ok()) {
        let mut jobs = vec![first];
        let until = Instant::now() + PATIENCE.min(last.taken / PART);
        while !jobs.iter().any(|job| job.is_alone()) && jobs.len() < GROUP {
            let left = if jobs.len() < last.writes {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            match waiting.recv_timeout(left) {
                Ok(job) if job.is_alone() => {
                    next = Some(job);
                    break;
                }
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        let started = Instant::now();
        figures.unqueue(jobs.len());
        if connection.is_none() {
            connection = open(manager).ok();
        }
        // Dropped jobs answer 503.
        let Some(tx) = &mut connection else { continue };
        let committed = commit(tx, &mut jobs, &mut careful).is_ok();
        if committed {
            head.committed();
            figures.group(jobs.len());
        } else {
            log::error!("a group of writes was lost; the connection is replaced");
            connection = None;
        }
        last = Round { writes: jobs.len() + figures.queued(), taken: started.elapsed() };
        for job in jobs {
            job.answer(committed);
        }
    }
}

/// Runs a group, and commits it.
fn commit(tx: &mut Conn, jobs: &mut [Box<dyn Job>], careful: &mut u32) -> std::result::Result<(), Lost> {
    begin(tx)?;
    if let [job] = jobs
        && job.is_alone()
    {
        return if job.run_alone(tx) { end(tx) } else { undo(tx) };
    }
    if *careful == 0 {
        if jobs.iter_mut().try_for_each(|job| job.run(tx)).is_ok() {
            return end(tx);
        }
        undo(tx)?;
        *careful = CAREFUL;
        begin(tx)?;
    }
    *careful -= 1;
    jobs.iter_mut().try_for_each(|job| job.run_apart(tx))?;
    end(tx)
}

fn nothing_done() {
    head::undone(None);
    late::undone(0);
}

fn undo(tx: &mut Conn) -> std::result::Result<(), Lost> {
    nothing_done();
    tx.batch_execute("ROLLBACK").map_err(|_| Lost)
}

fn begin(tx: &mut Conn) -> std::result::Result<(), Lost> {
    nothing_done();
    tx.batch_execute("BEGIN IMMEDIATE").map_err(|_| Lost)
}

fn end(tx: &mut Conn) -> std::result::Result<(), Lost> {
    late::write(tx).map_err(|_| Lost)?;
    tx.batch_execute("COMMIT").map_err(|_| Lost)
}
