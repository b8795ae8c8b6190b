//! Reads from a PostgreSQL streaming replica while it is fresh enough; otherwise the primary is read.
//!
//! Fresh enough means that it has everything that this process wrote, and everything that other processes
//! committed longer than `max_lag` ago. Both are compared with the head of the change log. While that is
//! unknown (the primary has not answered for longer than `max_lag`), the replica is not read either: an error
//! is better than a stale answer.

use super::conn::Conn;
use super::error::{TxError, TxResult};
use super::log_head::LogHead;
use super::pool::{ConnectionManager, Pool};
use super::schema::feed_head;
use diesel::prelude::*;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// How long a read waits for a connection to the replica before it goes to the primary.
pub(super) const REPLICA_CONNECTION_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a replica that lags or does not answer is not tried again.
const BACK_OFF: Duration = Duration::from_millis(500);

/// A replica: its connections and its counters.
pub(super) struct Replica {
    manager: ConnectionManager,
    pool: Pool,
    max_lag: Duration,
    start: Instant,
    /// When the replica may be tried again, in microseconds since `start`.
    back_off_until: AtomicU64,
    /// Reads that the replica answered.
    answered: AtomicU64,
    passed_to_primary: AtomicU64,
}

/// A result read from the replica.
pub(super) struct ReplicaAnswer<T> {
    pub(super) outcome: TxResult<T>,
    /// The newest change in the snapshot that was read.
    pub(super) seq: i64,
}

tokio::task_local! {
    /// The lowest head of the log in any snapshot read from a replica.
    static OLDEST_READ: Cell<i64>;
}

/// Runs `work`, and also returns the lowest head of the log in the snapshots that it read from a replica, or
/// `i64::MAX` if it read the primary only. A cached response must not be older than its cache entry claims.
pub async fn track_oldest_read<F: Future>(work: F) -> (F::Output, i64) {
    let noted = async { (work.await, OLDEST_READ.with(Cell::get)) };
    OLDEST_READ.scope(Cell::new(i64::MAX), noted).await
}

/// Records the head of the log in a snapshot read from the replica.
pub(super) fn note_read(seq: i64) {
    // Outside `track_oldest_read` nothing is recorded.
    let _ = OLDEST_READ.try_with(|oldest| oldest.set(oldest.get().min(seq)));
}

impl Replica {
    pub(super) fn new(manager: ConnectionManager, pool: Pool, max_lag: Duration) -> Self {
        Self {
            manager,
            pool,
            max_lag,
            start: Instant::now(),
            back_off_until: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            passed_to_primary: AtomicU64::new(0),
        }
    }

    /// Reads from the replica. Returns `None` if it cannot answer or is not fresh enough; the caller then
    /// reads the primary.
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
        let (latest_own, floor) = self.required_positions(head)?;
        let Ok(mut connection) = self.pool.get() else {
            self.back_off("does not answer");
            return None;
        };
        let mut read = Some(read.clone());
        let answer = self.attempt(&mut connection, (latest_own, floor), &mut read)?;
        match answer.outcome {
            // The connection was lost, or a recovery conflict cancelled the query. Neither happens on the
            // primary.
            Err(TxError::Database(error)) => {
                log::debug!("the replica failed: {error}");
                None
            }
            _ => Some(answer),
        }
    }

    /// Like [`Replica::read`], on a new connection. Takes `read` if it starts it: a read that fails half way
    /// is not run again on the primary.
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
        let required = self.required_positions(head)?;
        let Ok(mut connection) = self.manager.open() else {
            self.back_off("does not answer");
            return None;
        };
        self.attempt(&mut connection, required, read)
    }

    /// Like [`Replica::read`], on a connection that the caller keeps for the next call.
    pub(super) fn read_on_connection<T>(
        &self,
        head: &LogHead,
        slot: &mut Option<Conn>,
        read: fn(&mut Conn) -> TxResult<T>,
    ) -> Option<TxResult<T>> {
        let required = self.required_positions(head)?;
        let mut connection = slot.take().or_else(|| self.manager.open().ok())?;
        let answer = self.attempt(&mut connection, required, &mut Some(read))?;
        if answer.outcome.is_ok() {
            *slot = Some(connection);
        }
        Some(answer.outcome)
    }

    fn count_answer<T>(&self, answer: Option<T>) -> Option<T> {
        let counter = if answer.is_some() { &self.answered } else { &self.passed_to_primary };
        counter.fetch_add(1, SeqCst);
        answer
    }

    /// Returns the pool, the number of reads answered and the number passed to the primary.
    pub(super) fn usage(&self) -> (&Pool, u64, u64) {
        (&self.pool, self.answered.load(SeqCst), self.passed_to_primary.load(SeqCst))
    }

    /// Returns the changes that the replica must have: the newest of this process, and the newest that is
    /// older than `max_lag`. None if that is unknown, or while the replica is not to be tried.
    fn required_positions(&self, head: &LogHead) -> Option<(i64, i64)> {
        if self.now() < self.back_off_until.load(SeqCst) {
            return None;
        }
        Some((head.latest_own(), head.seen_before(self.max_lag)?))
    }

    /// Reads in a snapshot, provided that it has the required changes.
    fn attempt<T, F>(
        &self,
        connection: &mut Conn,
        (latest_own, floor): (i64, i64),
        read: &mut Option<F>,
    ) -> Option<ReplicaAnswer<T>>
    where
        F: FnOnce(&mut Conn) -> TxResult<T>,
    {
        let mut found = None;
        let outcome = connection.read_in_snapshot(|tx| {
            let seq: i64 = feed_head::table.select(feed_head::seq).first(tx)?;
            found = Some(seq);
            if seq < latest_own.max(floor) {
                return Ok(None);
            }
            read.take().map(|read| read(tx)).transpose()
        });
        match (found, outcome.transpose()) {
            (Some(seq), Some(outcome)) => Some(ReplicaAnswer { outcome, seq }),
            (Some(seq), None) => {
                // If only a very recent write is missing, the replica may be tried again at once.
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
