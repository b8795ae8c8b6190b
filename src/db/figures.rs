//! What is counted of a database: its connections, who waits for one, and how writes are grouped.

use super::connection::{ConnectionManager, Pool};
use super::{Db, Engine};
use crate::error::{ErrorCode, Problem, Result};
use diesel::r2d2::PooledConnection;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Who waits now, and what was done since the start.
#[derive(Debug, Default)]
pub(super) struct DbCounters {
    waiting: AtomicI64,
    queued: AtomicI64,
    groups: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
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

impl Db {
    /// What is counted of this database by this process.
    #[must_use]
    pub fn stats(&self) -> DbStats {
        let connections = |name: &'static str, pool: &Pool| {
            let (state, most) = (pool.state(), pool.max_size());
            let idle = state.idle_connections;
            PoolUsage { pool: name, used: state.connections.saturating_sub(idle), idle, max: most }
        };
        let read_pools = self.read_pools();
        let mut pools = match &*self.engine {
            Engine::Sqlite { short, .. } => {
                vec![connections("short", short), connections("common", &read_pools.common.pool)]
            }
            Engine::Postgres { .. } => vec![connections("primary", &read_pools.common.pool)],
        };
        pools
            .extend([connections("long", &read_pools.long.pool), connections("slow", &read_pools.slow.pool)]);
        let (counters, mut replica) = (&self.counters, [0, 0]);
        if let Some((pool, answered, passed)) = self.replica.as_ref().map(|replica| replica.usage()) {
            pools.push(connections("replica", pool));
            replica = [answered, passed];
        }
        DbStats {
            pools,
            waiting: counters.waiting.load(Ordering::Relaxed),
            queued: counters.queued.load(Ordering::Relaxed),
            groups: counters.groups.load(Ordering::Relaxed),
            writes: counters.writes.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            replica_reads: replica,
        }
    }
}
