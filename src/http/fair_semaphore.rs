//! Semaphore for slow reads: few at a time, at most half of them for one client, with a bounded queue.

use super::concurrency_limiter::{ConcurrencyLimiter, ConcurrencyPermit};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits for slow work with a bounded queue in which no client blocks the others. Clones share them.
///
/// A client has at most half of the permits, and queues for those before it joins the common queue, which
/// therefore never holds more of one client than that.
#[derive(Debug, Clone)]
pub struct FairSemaphore {
    queue: ConcurrencyLimiter<IpAddr>,
    by_caller: Arc<Mutex<HashMap<IpAddr, Arc<Semaphore>>>>,
    max_each: usize,
    shared: Arc<Semaphore>,
}

/// The maximum of waiting or running reads of one client, and of all clients.
pub(super) const MAX_QUEUED: (usize, usize) = (16, 64);

/// How long to wait for a permit.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// A permit, released on drop.
#[derive(Debug)]
pub struct FairPermit {
    _shared: OwnedSemaphorePermit,
    _of_caller: OwnedSemaphorePermit,
    _queued: ConcurrencyPermit<IpAddr>,
}

impl FairSemaphore {
    /// Creates a semaphore with `turns` permits.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        Self {
            queue: ConcurrencyLimiter::new(MAX_QUEUED.0, MAX_QUEUED.1),
            by_caller: Arc::default(),
            max_each: (turns / 2).max(1),
            shared: Arc::new(Semaphore::new(turns)),
        }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// 429 when too many reads of the client wait; 503 when too many of all clients do, or the wait is too
    /// long.
    pub async fn acquire(&self, caller: IpAddr) -> Result<FairPermit> {
        let queued = self.queue.acquire(caller)?;
        let own = self.semaphore_of_caller(caller);
        let common = self.shared.clone();
        let wait = async {
            let own = own.acquire_owned().await.ok()?;
            Some((common.acquire_owned().await.ok()?, own))
        };
        match tokio::time::timeout(MAX_WAIT, wait).await {
            Ok(Some((common, own))) => Ok(FairPermit { _shared: common, _of_caller: own, _queued: queued }),
            _ => Err(Problem::new(ErrorCode::Busy)),
        }
    }

    /// Returns the semaphore of one client; forgets those of clients without reads.
    fn semaphore_of_caller(&self, caller: IpAddr) -> Arc<Semaphore> {
        let mut own = self.by_caller.lock().unwrap_or_else(PoisonError::into_inner);
        own.retain(|_, turns| Arc::strong_count(turns) > 1);
        own.entry(caller).or_insert_with(|| Arc::new(Semaphore::new(self.max_each))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn caller(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[actix_web::test]
    async fn one_caller_does_not_have_all_turns() {
        let turns = FairSemaphore::new(2);
        let first = turns.acquire(caller(1)).await.unwrap();
        let waiting: Vec<_> = (1..MAX_QUEUED.0)
            .map(|_| {
                let turns = turns.clone();
                actix_web::rt::spawn(async move { turns.acquire(caller(1)).await.map(drop) })
            })
            .collect();
        while turns.queue.0.in_use.lock().unwrap().total < MAX_QUEUED.0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(turns.acquire(caller(1)).await.unwrap_err().code, ErrorCode::TooManyAtOnce);
        drop(turns.acquire(caller(2)).await.unwrap());
        drop(first);
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
    }
}
