//! Bounded queue of writes waiting for a PostgreSQL connection.

use super::sqlite_writer::{MAX_QUEUED_WRITES, MAX_WRITE_WAIT};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Limits how many writes wait, and how many run.
pub(super) struct WriteQueue {
    slots: Semaphore,
    permits: Semaphore,
}

impl WriteQueue {
    /// Makes a queue in front of a pool of so many connections, a quarter of which it leaves to reads.
    pub(super) fn new(connections: u32) -> Self {
        let permits = usize::try_from(connections - connections / 4).unwrap_or(1);
        Self { slots: Semaphore::new(MAX_QUEUED_WRITES), permits: Semaphore::new(permits) }
    }

    /// Waits for a permit to write.
    ///
    /// # Errors
    /// 503 when [`MAX_QUEUED_WRITES`] writes run or wait already, or after [`MAX_WRITE_WAIT`].
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>> {
        let unavailable = || Problem::new(ErrorCode::Unavailable);
        let _slot = self.slots.try_acquire().map_err(|_| unavailable())?;
        match tokio::time::timeout(MAX_WRITE_WAIT, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(unavailable()),
        }
    }
}
