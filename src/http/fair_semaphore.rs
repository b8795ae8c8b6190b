//! Fair semaphore.

use super::concurrency_limiter::{ConcurrencyLimiter, ConcurrencyPermit};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns at work that takes long: few at a time, and a bounded queue behind them in which no caller stands in the way of
/// the others.
///
/// A caller has at most half of the turns, and queues for those before it queues with everybody else. So the common
/// queue never holds more of one caller than that.
#[derive(Debug, Clone)]
pub struct FairSemaphore {
    queue: ConcurrencyLimiter<IpAddr>,
    by_caller: Arc<Mutex<HashMap<IpAddr, Arc<Semaphore>>>>,
    max_each: usize,
    shared: Arc<Semaphore>,
}

/// The most questions of one caller that wait or are answered, and the most of all callers.
pub(super) const MAX_QUEUED: (usize, usize) = (16, 64);

/// How long a turn is waited for.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// A turn, which lasts until it is dropped.
#[derive(Debug)]
pub struct FairPermit {
    _shared: OwnedSemaphorePermit,
    _of_caller: OwnedSemaphorePermit,
    _queued: ConcurrencyPermit<IpAddr>,
}

impl FairSemaphore {
    /// So many turns at a time.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        Self {
            queue: ConcurrencyLimiter::new(MAX_QUEUED.0, MAX_QUEUED.1),
            by_caller: Arc::default(),
            max_each: (turns / 2).max(1),
            shared: Arc::new(Semaphore::new(turns)),
        }
    }

    /// Waits for a turn of a caller.
    ///
    /// # Errors
    /// 429 when too many questions of the caller wait already; 503 when too many of all callers do, or the turn does not
    /// come in time.
    pub async fn acquire(&self, caller: IpAddr) -> Result<FairPermit> {
        let place = self.queue.acquire(caller)?;
        let own = self.semaphore_of_caller(caller);
        let common = self.shared.clone();
        let wait = async {
            let own = own.acquire_owned().await.ok()?;
            Some((common.acquire_owned().await.ok()?, own))
        };
        match tokio::time::timeout(MAX_WAIT, wait).await {
            Ok(Some((common, own))) => Ok(FairPermit { _shared: common, _of_caller: own, _queued: place }),
            _ => Err(Problem::new(ErrorCode::Busy)),
        }
    }

    /// The turns of one caller; those of callers who are gone are forgotten on the way.
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
