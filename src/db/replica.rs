//! Reads from a streaming replica, where it is fresh enough: nothing that this process wrote is missing, and what other
//! processes wrote is missing only if it is younger than a bound.
//!
//! That can only be told by someone who knows the head of the log. Where it cannot be known (the primary does not answer,
//! for longer than the bound), the replica is not read either: no answer rather than one that may be wrong.

use super::conn::Conn;
use super::error::{TxError, TxResult};
use super::log_head::LogHead;
use super::pool::{ConnectionManager, Pool};
use super::schema::feed_head;
use diesel::prelude::*;
use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use std::time::Instant;

/// How long a read waits for a connection to the replica, before it goes to the primary.
pub(super) const REPLICA_CONNECTION_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a replica that lags or does not answer is left alone.
const BACK_OFF: Duration = Duration::from_millis(500);

/// A replica.
pub(super) struct Replica {
    pub(super) manager: ConnectionManager,
    pub(super) pool: Pool,
    pub(super) max_lag: Duration,
    pub(super) start: Instant,
    /// Until when it is left alone, in microseconds since `start`.
    pub(super) back_off_until: AtomicU64,
    /// The reads that it answered, and those that went to the primary instead.
    pub(super) answered: AtomicU64,
    pub(super) passed_to_primary: AtomicU64,
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
