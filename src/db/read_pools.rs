//! A connection pool with async permits for each class of reads (common, long, slow).
//!
//! There are as many permits as connections, so no thread blocks while it waits, and slow reads of one class
//! take no connection from another.

use super::pool::{CONNECTION_TIMEOUT, Pool};
use super::stats::DbCounters;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a read may take; decides which pool it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadClass {
    /// Records, keys, the change feed: frequent and fast.
    Common,
    /// Lists with filters, searches, counts.
    Long,
    /// Analytical queries over the whole registry, few at a time.
    Slow,
}

/// The pool of one class, and its permits.
pub(super) struct ReadPool {
    pub(super) pool: Pool,
    permits: Arc<Semaphore>,
}

impl ReadPool {
    pub(super) fn new(pool: Pool) -> Self {
        let permits = usize::try_from(pool.max_size()).unwrap_or(1);
        Self { pool, permits: Arc::new(Semaphore::new(permits)) }
    }

    /// Waits for a permit, one of which belongs to each connection of the pool.
    ///
    /// # Errors
    /// 503 after [`CONNECTION_TIMEOUT`].
    pub(super) async fn acquire(&self, counters: &DbCounters) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let _waiting = counters.start_wait();
        match tokio::time::timeout(CONNECTION_TIMEOUT, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Problem::new(ErrorCode::Unavailable)),
        }
    }
}

/// The pools of all classes. On PostgreSQL writes use the pool of the common reads.
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
