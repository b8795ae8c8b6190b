//! SQLite's single writer thread, with group commit.
//!
//! A group runs in one transaction without savepoints, which would cost more than the writes between them. A
//! write that is refused before it has changed a row leaves no trace. If a write fails later, or panics, the
//! group is rolled back and run once more with a savepoint for each write, so that only the failed one is
//! undone.
//!
//! Writes are answered after the commit, so an acknowledged write is on disk. If the commit fails, or SQLite
//! itself ends the transaction (disk full, I/O error), every write of the group gets a 503 and the connection
//! is replaced.

use super::conn::Conn;
use super::error::{TxError, TxResult};
use super::log_head::{self, LogHead};
use super::pool::{ConnectionManager, OpenError};
use super::sql::{SqlFragment, Statement};
use super::stats::DbCounters;
use super::{deferred, slow_queries};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most writes in one commit.
const MAX_GROUP: usize = 128;

/// The most writes that wait; further ones get a 503.
pub(super) const MAX_QUEUED_WRITES: usize = 4096;

/// A write that has waited longer is dropped without being run: its caller has given up.
pub(super) const MAX_WRITE_WAIT: Duration = Duration::from_secs(30);

/// How many groups after a rolled-back one use savepoints from the start.
const GROUPS_WITH_SAVEPOINTS: u32 = 8;

/// A group waits for more writes for at most this fraction of the duration of the previous group, and never
/// longer than [`MAX_GROUP_WAIT`].
const GROUP_WAIT_DIVISOR: u32 = 4;

/// The longest that a group waits for more writes.
const MAX_GROUP_WAIT: Duration = Duration::from_millis(2);

/// Size and duration of the last group, from which the wait for the next is derived.
#[derive(Default)]
struct GroupTiming {
    /// The writes that it contained, and those that waited when it was done: the size to expect of the next.
    writes: usize,
    /// How long it took.
    taken: Duration,
}

/// The transaction was ended by SQLite, or has to be rolled back.
struct TransactionLost;

/// A queued write.
trait WriteJob: Send {
    /// Runs the write in the transaction of the group.
    fn run(&mut self, tx: &mut Conn) -> std::result::Result<(), TransactionLost>;
    /// Whether the write needs a transaction of its own.
    fn is_exclusive(&self) -> bool;
    /// Runs the write in a transaction of its own; returns whether to commit it.
    fn run_exclusive(&mut self, tx: &mut Conn) -> bool;
    /// Runs the write in a savepoint of its own.
    fn run_in_savepoint(&mut self, tx: &mut Conn) -> std::result::Result<(), TransactionLost>;
    /// Sends the result to the caller; 503 if the group was not committed.
    fn answer(self: Box<Self>, committed: bool);
}

struct QueuedWrite<T, F> {
    write: F,
    is_exclusive: bool,
    deadline: Instant,
    /// The id of the waiting request, for the log of slow statements.
    request: Option<Arc<str>>,
    answer: oneshot::Sender<Result<T>>,
    result: Result<T>,
}

fn unavailable() -> Problem {
    Problem::new(ErrorCode::Unavailable)
}

impl<T, F: Fn(&mut Conn) -> TxResult<(T, bool)>> QueuedWrite<T, F> {
    /// Runs the write on behalf of the waiting request; a panic is returned as an error.
    fn attempt(&self, tx: &mut Conn) -> std::thread::Result<TxResult<(T, bool)>> {
        slow_queries::for_request(self.request.clone(), || {
            catch_unwind(AssertUnwindSafe(|| (self.write)(tx)))
        })
    }
}

impl<T: Send, F: Fn(&mut Conn) -> TxResult<(T, bool)> + Send> WriteJob for QueuedWrite<T, F> {
    fn run(&mut self, tx: &mut Conn) -> std::result::Result<(), TransactionLost> {
        if Instant::now() > self.deadline {
            return Ok(());
        }
        let (before, waiting) = (total_changes(tx).map_err(|_| TransactionLost)?, deferred::mark());
        match self.attempt(tx) {
            Ok(Ok((value, true))) => self.result = Ok(value),
            Ok(Err(TxError::Refused(problem))) if total_changes(tx).is_ok_and(|now| now == before) => {
                deferred::roll_back_to(waiting);
                self.result = Err(problem);
            }
            // A failed statement may have ended the transaction.
            _ => return Err(TransactionLost),
        }
        Ok(())
    }

    fn is_exclusive(&self) -> bool {
        self.is_exclusive
    }

    fn run_exclusive(&mut self, tx: &mut Conn) -> bool {
        if Instant::now() > self.deadline {
            return false;
        }
        let (result, should_commit) = match self.attempt(tx) {
            Ok(Ok((value, should_commit))) => (Ok(value), should_commit),
            Ok(Err(failure)) => (Err(failure.into_problem()), false),
            Err(_) => (Err(Problem::new(ErrorCode::Internal)), false),
        };
        self.result = result;
        should_commit
    }

    fn run_in_savepoint(&mut self, tx: &mut Conn) -> std::result::Result<(), TransactionLost> {
        let mut tries = 0;
        self.result = Err(unavailable());
        while Instant::now() <= self.deadline {
            let (appended, waiting) = (log_head::mark(), deferred::mark());
            tx.batch_execute("SAVEPOINT job").map_err(|_| TransactionLost)?;
            let outcome = self.attempt(tx);
            if let Ok(Ok((value, true))) = outcome {
                tx.batch_execute("RELEASE job").map_err(|_| TransactionLost)?;
                self.result = Ok(value);
                break;
            }
            tx.batch_execute("ROLLBACK TO job; RELEASE job").map_err(|_| TransactionLost)?;
            log_head::roll_back_to(appended);
            deferred::roll_back_to(waiting);
            self.result = Err(match outcome {
                Ok(Err(failure)) if failure.is_transient() && tries == 0 => {
                    tries += 1;
                    continue;
                }
                Ok(Err(failure)) => failure.into_problem(),
                _ => Problem::new(ErrorCode::Internal),
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

pub(super) struct SqliteWriter {
    jobs: SyncSender<Box<dyn WriteJob>>,
    counters: Arc<DbCounters>,
}

impl SqliteWriter {
    /// Starts the thread, with a queue of `queue` writes.
    pub(super) fn start(
        manager: ConnectionManager,
        queue: usize,
        head: LogHead,
        counters: Arc<DbCounters>,
    ) -> std::result::Result<Self, OpenError> {
        let (jobs, waiting) = sync_channel(queue);
        let (connection, counts) = (open_connection(&manager)?, counters.clone());
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || run_writer(&manager, &head, Some(connection), &waiting, &counts))
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        Ok(Self { jobs, counters })
    }

    /// Queues a write and waits for its commit. An `exclusive` one gets a transaction of its own, which is
    /// rolled back if the closure returns `false` with its result.
    pub(super) async fn submit<T, F>(&self, exclusive: bool, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<(T, bool)> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + MAX_WRITE_WAIT;
        let request = slow_queries::current_request_id();
        let job = Box::new(QueuedWrite {
            write,
            is_exclusive: exclusive,
            deadline,
            request,
            answer,
            result: Err(unavailable()),
        });
        self.counters.count_queued();
        self.jobs.try_send(job).map_err(|_| {
            self.counters.count_dequeued(1);
            self.counters.refuse_write()
        })?;
        answered.await.unwrap_or_else(|_| Err(unavailable()))
    }
}

/// Returns how many rows the connection has changed so far, rolled-back changes included.
fn total_changes(connection: &mut Conn) -> QueryResult<i64> {
    Statement::<BigInt>::new(SqlFragment::new("SELECT total_changes()")).get_result(connection)
}

fn open_connection(manager: &ConnectionManager) -> std::result::Result<Conn, OpenError> {
    let mut connection = manager.open()?;
    connection.enlarge_page_cache().map_err(|error| OpenError::Connect(error.to_string()))?;
    Ok(connection)
}

fn run_writer(
    manager: &ConnectionManager,
    head: &LogHead,
    mut connection: Option<Conn>,
    waiting: &Receiver<Box<dyn WriteJob>>,
    counters: &DbCounters,
) {
    let (mut savepoint_groups, mut next, mut last) = (0, None, GroupTiming::default());
    while let Some(first) = next.take().or_else(|| waiting.recv().ok()) {
        let mut jobs = vec![first];
        let until = Instant::now() + MAX_GROUP_WAIT.min(last.taken / GROUP_WAIT_DIVISOR);
        while !jobs.iter().any(|job| job.is_exclusive()) && jobs.len() < MAX_GROUP {
            let left = if jobs.len() < last.writes {
                until.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            match waiting.recv_timeout(left) {
                Ok(job) if job.is_exclusive() => {
                    next = Some(job);
                    break;
                }
                Ok(job) => jobs.push(job),
                Err(_) => break,
            }
        }
        let started = Instant::now();
        counters.count_dequeued(jobs.len());
        if connection.is_none() {
            connection = open_connection(manager).ok();
        }
        // Dropping the writes answers them with 503.
        let Some(tx) = &mut connection else { continue };
        let committed = commit_group(tx, &mut jobs, &mut savepoint_groups).is_ok();
        if committed {
            head.publish_commit();
            counters.count_group(jobs.len());
        } else {
            log::error!("a group of writes was lost; the connection is replaced");
            connection = None;
        }
        last = GroupTiming { writes: jobs.len() + counters.queued(), taken: started.elapsed() };
        for job in jobs {
            job.answer(committed);
        }
    }
}

/// Runs the writes of a group and commits them.
fn commit_group(
    tx: &mut Conn,
    jobs: &mut [Box<dyn WriteJob>],
    savepoint_groups: &mut u32,
) -> std::result::Result<(), TransactionLost> {
    begin(tx)?;
    if let [job] = jobs
        && job.is_exclusive()
    {
        return if job.run_exclusive(tx) { flush_and_commit(tx) } else { roll_back(tx) };
    }
    if *savepoint_groups == 0 {
        if jobs.iter_mut().try_for_each(|job| job.run(tx)).is_ok() {
            return flush_and_commit(tx);
        }
        roll_back(tx)?;
        *savepoint_groups = GROUPS_WITH_SAVEPOINTS;
        begin(tx)?;
    }
    *savepoint_groups -= 1;
    jobs.iter_mut().try_for_each(|job| job.run_in_savepoint(tx))?;
    flush_and_commit(tx)
}

fn reset_pending() {
    log_head::roll_back_to(None);
    deferred::roll_back_to(0);
}

fn roll_back(tx: &mut Conn) -> std::result::Result<(), TransactionLost> {
    reset_pending();
    tx.batch_execute("ROLLBACK").map_err(|_| TransactionLost)
}

fn begin(tx: &mut Conn) -> std::result::Result<(), TransactionLost> {
    reset_pending();
    tx.batch_execute("BEGIN IMMEDIATE").map_err(|_| TransactionLost)
}

fn flush_and_commit(tx: &mut Conn) -> std::result::Result<(), TransactionLost> {
    deferred::flush(tx).map_err(|_| TransactionLost)?;
    tx.batch_execute("COMMIT").map_err(|_| TransactionLost)
}
