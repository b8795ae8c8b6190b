//! SQLite's one writer: a thread that takes the writes that wait, gives each a savepoint, and commits them together.
//!
//! A write is answered after the commit, so what was acknowledged is on the disk. A write that panics or is refused
//! undoes its savepoint alone. When the commit fails, or SQLite itself ended the transaction (disk full, I/O error),
//! every write of the group is answered 503 and the connection is replaced.

use super::connection::{Conn, Manager, OpenError};
use super::error::{Failure, Outcome};
use super::figures::Figures;
use super::head::{self, Head};
use super::slow;
use crate::error::{Code, Problem, Result};
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most writes in one commit.
const GROUP: usize = 64;
/// The most writes that wait; one more is answered 503.
const QUEUE: usize = 4096;
/// A write that waited longer is dropped unexecuted: its caller has given up.
const DEADLINE: Duration = Duration::from_secs(30);

/// Runs a write inside its savepoint; gives what to do once the group's fate is known.
type Job = Box<dyn FnOnce(&mut Conn) -> std::result::Result<Reply, Lost> + Send>;
/// Answers the caller: after a commit (true), or after its failure.
type Reply = Box<dyn FnOnce(bool) + Send>;

/// The transaction is gone.
struct Lost;

pub(super) struct Writer {
    jobs: SyncSender<Job>,
    figures: Arc<Figures>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        manager: Manager,
        head: Head,
        figures: Arc<Figures>,
    ) -> std::result::Result<Self, OpenError> {
        let (jobs, waiting) = sync_channel(QUEUE);
        let (connection, counts) = (manager.open()?, figures.clone());
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || serve(&manager, &head, Some(connection), &waiting, &counts))
            .map_err(|error| OpenError::Connect(error.to_string()))?;
        Ok(Self { jobs, figures })
    }

    /// Queues a write and waits for its commit.
    pub(super) async fn submit<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + DEADLINE;
        let (request, figures) = (slow::request(), self.figures.clone());
        let job: Job = Box::new(move |connection| {
            let result = if Instant::now() > deadline {
                Err(figures.refuse())
            } else {
                slow::on_behalf(request, || in_savepoint(connection, &write))?
            };
            Ok(Box::new(move |committed| {
                let result =
                    if committed { result } else { result.and(Err(Problem::new(Code::Unavailable))) };
                let _ = answer.send(result);
            }))
        });
        self.figures.queue();
        self.jobs.try_send(job).map_err(|_| {
            self.figures.unqueue(1);
            self.figures.refuse()
        })?;
        answered.await.unwrap_or_else(|_| Err(Problem::new(Code::Unavailable)))
    }
}

fn in_savepoint<T>(
    connection: &mut Conn,
    write: &impl Fn(&mut Conn) -> Outcome<T>,
) -> std::result::Result<Result<T>, Lost> {
    let mut tries = 0;
    let appended = head::so_far();
    loop {
        connection.batch_execute("SAVEPOINT job").map_err(|_| Lost)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| write(connection)));
        if let Ok(Ok(value)) = outcome {
            connection.batch_execute("RELEASE job").map_err(|_| Lost)?;
            return Ok(Ok(value));
        }
        connection.batch_execute("ROLLBACK TO job; RELEASE job").map_err(|_| Lost)?;
        head::undone(appended);
        match outcome {
            Ok(Err(failure)) if failure.is_transient() && tries == 0 => tries += 1,
            Ok(Err(failure)) => return Ok(Err(failure.into_problem())),
            _ => return Ok(Err(Problem::new(Code::Internal))),
        }
    }
}

fn serve(
    manager: &Manager,
    head: &Head,
    mut connection: Option<Conn>,
    waiting: &Receiver<Job>,
    figures: &Figures,
) {
    while let Ok(first) = waiting.recv() {
        let jobs: Vec<Job> = std::iter::once(first).chain(waiting.try_iter().take(GROUP - 1)).collect();
        figures.unqueue(jobs.len());
        if connection.is_none() {
            connection = manager.open().ok();
        }
        let Some(open) = &mut connection else { continue };
        let size = jobs.len();
        if commit(open, head, jobs).is_ok() {
            figures.group(size);
        } else {
            log::error!("a group of writes was lost; the connection is replaced");
            connection = None;
        }
    }
}

/// Runs a group. Dropped jobs and replies answer 503.
fn commit(connection: &mut Conn, head: &Head, jobs: Vec<Job>) -> Outcome<()> {
    head::undone(None);
    connection.batch_execute("BEGIN IMMEDIATE")?;
    let mut replies = Vec::with_capacity(jobs.len());
    for job in jobs {
        match job(connection) {
            Ok(reply) => replies.push(reply),
            Err(Lost) => return Err(Failure::Refused(Problem::new(Code::Unavailable))),
        }
    }
    let committed = connection.batch_execute("COMMIT");
    if committed.is_ok() {
        head.committed();
    }
    for reply in replies {
        reply(committed.is_ok());
    }
    Ok(committed?)
}
