//! Connections for one class of reads: a pool of their own, and as many turns as it has connections, so that nobody
//! waits on a thread and what takes long in one class leaves the connections of the others alone.

use super::PATIENCE;
use super::connection::Pool;
use super::figures::Figures;
use crate::error::{Code, Problem, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a read may take, which decides whose connections it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Records, keys, the feed: much of it, each of it soon done.
    Common,
    /// Lists with conditions, searches, counts.
    Long,
    /// Questions over the whole registry, of which few run at a time.
    Slow,
}

/// The connections of a class.
pub(super) struct Lane {
    pub(super) pool: Pool,
    turns: Arc<Semaphore>,
}

impl Lane {
    pub(super) fn new(pool: Pool) -> Self {
        let turns = usize::try_from(pool.max_size()).unwrap_or(1);
        Self { pool, turns: Arc::new(Semaphore::new(turns)) }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// 503 when it does not come in time.
    pub(super) async fn turn(&self, figures: &Figures) -> Result<OwnedSemaphorePermit> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let _waiting = figures.wait();
        match tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::new(Code::Unavailable)),
        }
    }
}

/// The connections of each class of reads. On PostgreSQL writes use those of the common reads.
pub(super) struct Lanes {
    pub(super) common: Lane,
    pub(super) long: Lane,
    pub(super) slow: Lane,
}

impl Lanes {
    pub(super) fn of(&self, class: Class) -> &Lane {
        match class {
            Class::Common => &self.common,
            Class::Long => &self.long,
            Class::Slow => &self.slow,
        }
    }
}
