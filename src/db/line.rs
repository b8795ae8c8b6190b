//! The writes that wait for a connection to PostgreSQL: as many at a time as there is use for, and a bounded line of
//! others behind them.

use super::writer::{DEADLINE, QUEUE};
use crate::error::{Code, Problem, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Where writes wait for their turn.
pub(super) struct Line {
    places: Semaphore,
    turns: Semaphore,
}

impl Line {
    /// A line before this many connections, a quarter of which are kept for those who read.
    pub(super) fn new(connections: u32) -> Self {
        let turns = usize::try_from(connections - connections / 4).unwrap_or(1);
        Self { places: Semaphore::new(QUEUE), turns: Semaphore::new(turns) }
    }

    /// Waits for a turn, which lasts as long as what is given.
    ///
    /// # Errors
    /// 503 when too many wait already, or the turn does not come in time.
    pub(super) async fn wait(&self) -> Result<SemaphorePermit<'_>> {
        let unavailable = || Problem::new(Code::Unavailable);
        let _place = self.places.try_acquire().map_err(|_| unavailable())?;
        match tokio::time::timeout(DEADLINE, self.turns.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(unavailable()),
        }
    }
}
