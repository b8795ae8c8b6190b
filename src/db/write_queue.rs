//! The writes that wait for a connection to PostgreSQL: as many at a time as there is use for, and a bounded line of
//! others behind them.

use super::sqlite_writer::{MAX_QUEUED_WRITES, MAX_WRITE_WAIT};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

/// Where writes wait for their turn.
pub(super) struct WriteQueue {
    slots: Semaphore,
    permits: Semaphore,
}

impl WriteQueue {
    /// A line before this many connections, a quarter of which are kept for those who read.
    pub(super) fn new(connections: u32) -> Self {
        let permits = usize::try_from(connections - connections / 4).unwrap_or(1);
        Self { slots: Semaphore::new(MAX_QUEUED_WRITES), permits: Semaphore::new(permits) }
    }

    /// Waits for a turn, which lasts as long as what is given.
    ///
    /// # Errors
    /// 503 when too many wait already, or the turn does not come in time.
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>> {
        let unavailable = || Problem::new(ErrorCode::Unavailable);
        let _place = self.slots.try_acquire().map_err(|_| unavailable())?;
        match tokio::time::timeout(MAX_WRITE_WAIT, self.permits.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(unavailable()),
        }
    }
}
