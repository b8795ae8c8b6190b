//! What is counted of a database: its connections, who waits for one, and how writes are grouped.

use super::pool::{ConnectionManager, Pool};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use diesel::r2d2::PooledConnection;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

/// Who waits now, and what was done since the start.
#[derive(Debug, Default)]
pub(super) struct DbCounters {
    pub(super) waiting: AtomicI64,
    pub(super) queued: AtomicI64,
    pub(super) groups: AtomicU64,
    pub(super) writes: AtomicU64,
    pub(super) refused: AtomicU64,
}

/// Somebody who waits for a connection.
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
    /// Those that are used.
    pub used: u32,
    /// Those that are not.
    pub idle: u32,
    /// The most there can be.
    pub max: u32,
}

/// What is counted of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbStats {
    /// The connections of each pool.
    pub pools: Vec<PoolUsage>,
    /// How many wait for a connection.
    pub waiting: i64,
    /// The writes that wait for the writer.
    pub queued: i64,
    /// The commits of groups of writes since the start.
    pub groups: u64,
    /// The writes in those groups.
    pub writes: u64,
    /// The writes refused (503) since the start, because too many waited.
    pub refused: u64,
    /// The reads since the start that the replica answered, and those that it could not or must not; 0 where there is
    /// none.
    pub replica_reads: [u64; 2],
}

impl DbCounters {
    /// A connection of a pool, for which one may have to wait.
    pub(super) fn check_out(&self, pool: &Pool) -> Result<PooledConnection<ConnectionManager>> {
        if let Some(connection) = pool.try_get() {
            return Ok(connection);
        }
        let _waiting = self.start_wait();
        pool.get().map_err(|_| Problem::new(ErrorCode::Unavailable))
    }

    /// Somebody waits for a connection until what is given is dropped.
    pub(super) fn start_wait(&self) -> ConnectionWait<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        ConnectionWait(self)
    }

    /// A write waits for the writer.
    pub(super) fn count_queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// The writes that wait for the writer.
    pub(super) fn queued(&self) -> usize {
        usize::try_from(self.queued.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Writes do not wait any more.
    pub(super) fn count_dequeued(&self, writes: usize) {
        self.queued.fetch_sub(i64::try_from(writes).unwrap_or_default(), Ordering::Relaxed);
    }

    /// A group of writes is committed.
    pub(super) fn count_group(&self, writes: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(u64::try_from(writes).unwrap_or_default(), Ordering::Relaxed);
    }

    /// The groups committed so far.
    pub(super) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// A write is refused, since too many wait.
    pub(super) fn refuse_write(&self) -> Problem {
        self.refused.fetch_add(1, Ordering::Relaxed);
        Problem::new(ErrorCode::Unavailable)
    }
}
