//! Reads from a streaming replica, where it is fresh enough: nothing that this process wrote is missing, and what other
//! processes wrote is missing only if it is younger than a bound.
//!
//! That can only be told by someone who knows the head of the log. Where it cannot be known (the primary does not answer,
//! for longer than the bound), the replica is not read either: no answer rather than one that may be wrong.

use super::connection::{Conn, Manager, OpenError, Pool, Quiet};
use super::error::{Failure, Outcome};
use super::head::{self, Head};
use super::schema::feed_head;
use super::{Create, Db, Engine};
use diesel::prelude::*;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// How long a read waits for a connection to the replica, before it goes to the primary.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long a replica that lags or does not answer is left alone.
const REST: Duration = Duration::from_millis(500);

/// A replica.
pub(super) struct Replica {
    manager: Manager,
    pool: Pool,
    bound: Duration,
    start: Instant,
    /// Until when it is left alone, in microseconds since `start`.
    rests_until: AtomicU64,
    /// The reads that it answered, and those that went to the primary instead.
    answered: AtomicU64,
    passed: AtomicU64,
}

/// An answer of the replica.
pub(super) struct Answer<T> {
    pub(super) outcome: Outcome<T>,
    /// The newest change in what was read.
    pub(super) seq: i64,
}

tokio::task_local! {
    /// The head of the oldest state of the log that was read.
    static OLDEST: Cell<i64>;
}

/// Does some work; gives also the head of the oldest state of the log that its reads got from a replica, or `i64::MAX`
/// where they were all of the primary. What is kept for later must not be older than what it is kept as.
pub async fn noting<F: Future>(work: F) -> (F::Output, i64) {
    let noted = async { (work.await, OLDEST.with(Cell::get)) };
    OLDEST.scope(Cell::new(i64::MAX), noted).await
}

/// Notes the state that was read.
pub(super) fn note(seq: i64) {
    // Outside of `noting` nobody asks.
    let _ = OLDEST.try_with(|oldest| oldest.set(oldest.get().min(seq)));
}

impl Db {
    /// The same database, whose reads go to the replica at `url` where that misses nothing that this process wrote, and
    /// nothing that was committed longer than `bound` ago. It need not answer yet.
    ///
    /// # Errors
    /// When either database is not one that can have replicas.
    pub fn with_replica(self, url: &str, connections: u32, bound: Duration) -> Result<Self, OpenError> {
        let (Engine::Sqlite { apart, .. } | Engine::Postgres { apart, .. }) = &*self.engine;
        let limit = apart.manager.statement_timeout();
        let manager = Manager::new(url, Create::Never, limit).map_err(|error| match error {
            OpenError::Missing(_) => OpenError::Replica,
            other => other,
        })?;
        if !(manager.is_remote() && self.is_remote()) {
            return Err(OpenError::Replica);
        }
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(Quiet))
            .build_unchecked(manager.clone());
        let bound = bound.min(head::LONGEST);
        let replica = Replica {
            manager,
            pool,
            bound,
            start: Instant::now(),
            rests_until: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            passed: AtomicU64::new(0),
        };
        // From now on, the head is watched.
        let _ = self.head();
        Ok(Self { replica: Some(Arc::new(replica)), ..self })
    }

    /// The same database, of which every read is one of the primary: for what the number of the newest change does not
    /// tell of (keys, webhooks, settings), and for the feed, which never runs backwards.
    #[must_use]
    pub fn primary(&self) -> Self {
        Self { replica: None, ..self.clone() }
    }
}

impl Replica {
    /// What the replica answers. None where it cannot answer, or must not: then the primary is asked.
    pub(super) fn read<T, F>(&self, head: &Head, read: &F) -> Option<Answer<T>>
    where
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone,
    {
        self.counted(self.read_pooled(head, read))
    }

    fn read_pooled<T, F>(&self, head: &Head, read: &F) -> Option<Answer<T>>
    where
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone,
    {
        let (own, floor) = self.needs(head)?;
        let Ok(mut connection) = self.pool.get() else {
            self.rest("does not answer");
            return None;
        };
        let mut read = Some(read.clone());
        let answer = self.attempt(&mut connection, (own, floor), &mut read)?;
        match answer.outcome {
            // It went away, or has to change what is being read (a recovery conflict): the primary does not.
            Err(Failure::Database(error)) => {
                log::debug!("the replica failed: {error}");
                None
            }
            _ => Some(answer),
        }
    }

    /// As [`Replica::read`], on a connection of its own. What was begun is not begun again: an answer that failed half
    /// way is the answer. `read` is taken where there is one.
    pub(super) fn read_apart<T, F>(&self, head: &Head, read: &mut Option<F>) -> Option<Answer<T>>
    where
        F: FnOnce(&mut Conn) -> Outcome<T>,
    {
        self.counted(self.read_opened(head, read))
    }

    fn read_opened<T, F>(&self, head: &Head, read: &mut Option<F>) -> Option<Answer<T>>
    where
        F: FnOnce(&mut Conn) -> Outcome<T>,
    {
        let needs = self.needs(head)?;
        let Ok(mut connection) = self.manager.open() else {
            self.rest("does not answer");
            return None;
        };
        self.attempt(&mut connection, needs, read)
    }

    /// As [`Replica::read`], on a connection that the caller keeps.
    pub(super) fn read_kept<T>(
        &self,
        head: &Head,
        kept: &mut Option<Conn>,
        read: fn(&mut Conn) -> Outcome<T>,
    ) -> Option<Outcome<T>> {
        let needs = self.needs(head)?;
        let mut connection = kept.take().or_else(|| self.manager.open().ok())?;
        let answer = self.attempt(&mut connection, needs, &mut Some(read))?;
        if answer.outcome.is_ok() {
            *kept = Some(connection);
        }
        Some(answer.outcome)
    }

    fn counted<T>(&self, answer: Option<T>) -> Option<T> {
        let counter = if answer.is_some() { &self.answered } else { &self.passed };
        counter.fetch_add(1, SeqCst);
        answer
    }

    /// Its pool, the reads that it answered, and those that went to the primary instead.
    pub(super) fn figures(&self) -> (&Pool, u64, u64) {
        (&self.pool, self.answered.load(SeqCst), self.passed.load(SeqCst))
    }

    /// What it must have: the newest change of this process, and the newest known to be older than the bound. None
    /// where that is not known, or the replica is left alone.
    fn needs(&self, head: &Head) -> Option<(i64, i64)> {
        if self.now() < self.rests_until.load(SeqCst) {
            return None;
        }
        Some((head.own(), head.floor(self.bound)?))
    }

    /// Reads over one snapshot if that has what it must.
    fn attempt<T, F>(
        &self,
        connection: &mut Conn,
        (own, floor): (i64, i64),
        read: &mut Option<F>,
    ) -> Option<Answer<T>>
    where
        F: FnOnce(&mut Conn) -> Outcome<T>,
    {
        let mut found = None;
        let outcome = connection.snapshot(|tx| {
            let seq: i64 = feed_head::table.select(feed_head::seq).first(tx)?;
            found = Some(seq);
            if seq < own.max(floor) {
                return Ok(None);
            }
            read.take().map(|read| read(tx)).transpose()
        });
        match (found, outcome.transpose()) {
            (Some(seq), Some(outcome)) => Some(Answer { outcome, seq }),
            (Some(seq), None) => {
                // One that only misses what was written a moment ago is asked again at once.
                if seq < floor {
                    self.rest("lags");
                }
                None
            }
            (None, _) => {
                self.rest("does not answer");
                None
            }
        }
    }

    fn rest(&self, why: &str) {
        let now = self.now();
        let until = now.saturating_add(u64::try_from(REST.as_micros()).unwrap_or(u64::MAX));
        if self.rests_until.swap(until, SeqCst) <= now {
            log::debug!("the replica {why}: reads go to the primary");
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_state_that_was_read_is_noted() {
        assert_eq!(noting(async { 1 }).await, (1, i64::MAX));
        let work = async {
            note(9);
            note(7);
            note(8);
        };
        assert_eq!(noting(work).await.1, 7);
        note(3);
    }
}
