//! Reads from a streaming replica, where it is fresh enough: nothing that this process wrote is missing, and what other
//! processes wrote is missing only if it is younger than a bound.
//!
//! That can only be told by someone who knows the head of the log. Where it cannot be known (the primary does not answer,
//! for longer than the bound), the replica is not read either: no answer rather than one that may be wrong.

use super::connection::{Conn, ConnectionManager, LogConnectionErrors, OpenError, Pool};
use super::error::{TxError, TxResult};
use super::head::{self, LogHead};
use super::schema::feed_head;
use super::{CreateMode, Db, Engine};
use diesel::prelude::*;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// How long a read waits for a connection to the replica, before it goes to the primary.
const REPLICA_CONNECTION_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a replica that lags or does not answer is left alone.
const BACK_OFF: Duration = Duration::from_millis(500);

/// A replica.
pub(super) struct Replica {
    manager: ConnectionManager,
    pool: Pool,
    max_lag: Duration,
    start: Instant,
    /// Until when it is left alone, in microseconds since `start`.
    back_off_until: AtomicU64,
    /// The reads that it answered, and those that went to the primary instead.
    answered: AtomicU64,
    passed_to_primary: AtomicU64,
}

/// An answer of the replica.
pub(super) struct ReplicaAnswer<T> {
    pub(super) outcome: TxResult<T>,
    /// The newest change in what was read.
    pub(super) seq: i64,
}

tokio::task_local! {
    /// The head of the oldest state of the log that was read.
    static OLDEST_READ: Cell<i64>;
}

/// Does some work; gives also the head of the oldest state of the log that its reads got from a replica, or `i64::MAX`
/// where they were all of the primary. What is kept for later must not be older than what it is kept as.
pub async fn track_oldest_read<F: Future>(work: F) -> (F::Output, i64) {
    let noted = async { (work.await, OLDEST_READ.with(Cell::get)) };
    OLDEST_READ.scope(Cell::new(i64::MAX), noted).await
}

/// Notes the state that was read.
pub(super) fn note_read(seq: i64) {
    // Outside of `noting` nobody asks.
    let _ = OLDEST_READ.try_with(|oldest| oldest.set(oldest.get().min(seq)));
}

impl Db {
    /// The same database, whose reads go to the replica at `url` where that misses nothing that this process wrote, and
    /// nothing that was committed longer than `bound` ago. It need not answer yet.
    ///
    /// # Errors
    /// When either database is not one that can have replicas.
    pub fn with_replica(self, url: &str, connections: u32, bound: Duration) -> Result<Self, OpenError> {
        let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*self.engine;
        let limit = dedicated.manager.statement_timeout();
        let manager = ConnectionManager::new(url, CreateMode::Never, limit).map_err(|error| match error {
            OpenError::Missing(_) => OpenError::Replica,
            other => other,
        })?;
        if !(manager.is_postgres() && self.is_postgres()) {
            return Err(OpenError::Replica);
        }
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(REPLICA_CONNECTION_TIMEOUT)
            .error_handler(Box::new(LogConnectionErrors))
            .build_unchecked(manager.clone());
        let bound = bound.min(head::MAX_HEAD_AGE);
        let replica = Replica {
            manager,
            pool,
            max_lag: bound,
            start: Instant::now(),
            back_off_until: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            passed_to_primary: AtomicU64::new(0),
        };
        // From now on, the head is watched.
        let _ = self.log_head();
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
    pub(super) fn read<T, F>(&self, head: &LogHead, read: &F) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone,
    {
        self.count_answer(self.read_pooled(head, read))
    }

    fn read_pooled<T, F>(&self, head: &LogHead, read: &F) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone,
    {
        let (own, floor) = self.required_positions(head)?;
        let Ok(mut connection) = self.pool.get() else {
            self.back_off("does not answer");
            return None;
        };
        let mut read = Some(read.clone());
        let answer = self.attempt(&mut connection, (own, floor), &mut read)?;
        match answer.outcome {
            // It went away, or has to change what is being read (a recovery conflict): the primary does not.
            Err(TxError::Database(error)) => {
                log::debug!("the replica failed: {error}");
                None
            }
            _ => Some(answer),
        }
    }

    /// As [`Replica::read`], on a connection of its own. What was begun is not begun again: an answer that failed half
    /// way is the answer. `read` is taken where there is one.
    pub(super) fn read_streaming<T, F>(
        &self,
        head: &LogHead,
        read: &mut Option<F>,
    ) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T>,
    {
        self.count_answer(self.read_on_new_connection(head, read))
    }

    fn read_on_new_connection<T, F>(&self, head: &LogHead, read: &mut Option<F>) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T>,
    {
        let needs = self.required_positions(head)?;
        let Ok(mut connection) = self.manager.open() else {
            self.back_off("does not answer");
            return None;
        };
        self.attempt(&mut connection, needs, read)
    }

    /// As [`Replica::read`], on a connection that the caller keeps.
    pub(super) fn read_on_connection<T>(
        &self,
        head: &LogHead,
        kept: &mut Option<Conn>,
        read: fn(&mut Conn) -> TxResult<T>,
    ) -> Option<TxResult<T>> {
        let needs = self.required_positions(head)?;
        let mut connection = kept.take().or_else(|| self.manager.open().ok())?;
        let answer = self.attempt(&mut connection, needs, &mut Some(read))?;
        if answer.outcome.is_ok() {
            *kept = Some(connection);
        }
        Some(answer.outcome)
    }

    fn count_answer<T>(&self, answer: Option<T>) -> Option<T> {
        let counter = if answer.is_some() { &self.answered } else { &self.passed_to_primary };
        counter.fetch_add(1, SeqCst);
        answer
    }

    /// Its pool, the reads that it answered, and those that went to the primary instead.
    pub(super) fn usage(&self) -> (&Pool, u64, u64) {
        (&self.pool, self.answered.load(SeqCst), self.passed_to_primary.load(SeqCst))
    }

    /// What it must have: the newest change of this process, and the newest known to be older than the bound. None
    /// where that is not known, or the replica is left alone.
    fn required_positions(&self, head: &LogHead) -> Option<(i64, i64)> {
        if self.now() < self.back_off_until.load(SeqCst) {
            return None;
        }
        Some((head.latest_own(), head.seen_before(self.max_lag)?))
    }

    /// Reads over one snapshot if that has what it must.
    fn attempt<T, F>(
        &self,
        connection: &mut Conn,
        (own, floor): (i64, i64),
        read: &mut Option<F>,
    ) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T>,
    {
        let mut found = None;
        let outcome = connection.read_in_snapshot(|tx| {
            let seq: i64 = feed_head::table.select(feed_head::seq).first(tx)?;
            found = Some(seq);
            if seq < own.max(floor) {
                return Ok(None);
            }
            read.take().map(|read| read(tx)).transpose()
        });
        match (found, outcome.transpose()) {
            (Some(seq), Some(outcome)) => Some(ReplicaAnswer { outcome, seq }),
            (Some(seq), None) => {
                // One that only misses what was written a moment ago is asked again at once.
                if seq < floor {
                    self.back_off("lags");
                }
                None
            }
            (None, _) => {
                self.back_off("does not answer");
                None
            }
        }
    }

    fn back_off(&self, why: &str) {
        let now = self.now();
        let until = now.saturating_add(u64::try_from(BACK_OFF.as_micros()).unwrap_or(u64::MAX));
        if self.back_off_until.swap(until, SeqCst) <= now {
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
        assert_eq!(track_oldest_read(async { 1 }).await, (1, i64::MAX));
        let work = async {
            note_read(9);
            note_read(7);
            note_read(8);
        };
        assert_eq!(track_oldest_read(work).await.1, 7);
        note_read(3);
    }
}
