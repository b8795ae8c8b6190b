//! Counters of connections, waiting and group commits, for /metrics.

use super::pool::{ConnectionManager, Pool};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use diesel::r2d2::PooledConnection;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Current waiters, and totals since the start.
#[derive(Debug, Default)]
pub(super) struct DbCounters {
    pub(super) waiting: AtomicI64,
    pub(super) queued: AtomicI64,
    pub(super) groups: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// A guard that counts as one waiter for a connection until it is dropped.
pub(super) struct ConnectionWait<'a>(&'a DbCounters);

impl Drop for ConnectionWait<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The connections of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// The pool's name.
    pub pool: &'static str,
    /// Connections in use.
    pub used: u32,
    /// Idle connections.
    pub idle: u32,
    /// The largest possible number of connections.
    pub max: u32,
}

/// A snapshot of the counters of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbStats {
    /// The connections of each pool.
    pub pools: Vec<PoolUsage>,
    /// Requests that wait for a connection now.
    pub waiting: i64,
    /// Writes that wait for the SQLite writer now.
    pub queued: i64,
    /// Group commits since the start.
    pub groups: u64,
    /// Writes in those groups.
    pub writes: u64,
    /// Writes refused (503) since the start, because too many were waiting.
    pub refused: u64,
    /// Reads since the start that the replica answered, and those that went to the primary instead; 0 without
    /// a replica.
    pub replica_reads: [u64; 2],
}

impl DbCounters {
    /// Checks a connection out of a pool, and counts the wait if there is one.
    pub(super) fn check_out(&self, pool: &Pool) -> Result<PooledConnection<ConnectionManager>> {
        if let Some(connection) = pool.try_get() {
            return Ok(connection);
        }
        let _waiting = self.start_wait();
        pool.get().map_err(|_| Problem::new(ErrorCode::Unavailable))
    }

    /// Counts one more waiter until the guard is dropped.
    pub(super) fn start_wait(&self) -> ConnectionWait<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        ConnectionWait(self)
    }

    /// Counts a write that waits for the SQLite writer.
    pub(super) fn count_queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many writes wait for the SQLite writer.
    pub(super) fn queued(&self) -> usize {
        usize::try_from(self.queued.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Counts writes that the SQLite writer has taken.
    pub(super) fn count_dequeued(&self, writes: usize) {
        self.queued.fetch_sub(i64::try_from(writes).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Counts a group commit of so many writes.
    pub(super) fn count_group(&self, writes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(u64::try_from(writes).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Returns the number of group commits so far.
    pub(super) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Counts a write that is refused because too many are waiting, and returns its 503.
    pub(super) fn refuse_write(&self) -> Problem {
        self.refused.fetch_add(1, Ordering::Relaxed);
        Problem::new(ErrorCode::Unavailable)
    }
}
