//! Connections for one class of reads: a pool of their own, and as many turns as it has connections, so that nobody
//! waits on a thread and what takes long in one class leaves the connections of the others alone.

use super::pool::{CONNECTION_TIMEOUT, Pool};
use super::stats::DbCounters;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

/// How long a read may take, which decides whose connections it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadClass {
    /// Records, keys, the feed: much of it, each of it soon done.
    Common,
    /// Lists with conditions, searches, counts.
    Long,
    /// Questions over the whole registry, of which few run at a time.
    Slow,
}

/// The connections of a class.
pub(super) struct ReadPool {
    pub(super) pool: Pool,
    permits: Arc<Semaphore>,
}

impl ReadPool {
    pub(super) fn new(pool: Pool) -> Self {
        let permits = usize::try_from(pool.max_size()).unwrap_or(1);
        Self { pool, permits: Arc::new(Semaphore::new(permits)) }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// 503 when it does not come in time.
    pub(super) async fn acquire(&self, counters: &DbCounters) -> Result<OwnedSemaphorePermit> {
        if let Ok(turn) = self.permits.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let _waiting = counters.start_wait();
        match tokio::time::timeout(CONNECTION_TIMEOUT, self.permits.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::new(ErrorCode::Unavailable)),
        }
    }
}

/// The connections of each class of reads. On PostgreSQL writes use those of the common reads.
pub(super) struct ReadPools {
    pub(super) common: ReadPool,
    pub(super) long: ReadPool,
    pub(super) slow: ReadPool,
}

impl ReadPools {
    pub(super) fn for_class(&self, class: ReadClass) -> &ReadPool {
        match class {
            ReadClass::Common => &self.common,
            ReadClass::Long => &self.long,
            ReadClass::Slow => &self.slow,
        }
    }
}
