//! How much of something one caller, and all of them together, may do at a time.
//!
//! A place is taken before the work and given back by dropping it, wherever that happens: when an answer has been sent,
//! when a caller hangs up, when a thread is done. Whoever is over a limit is refused at once.

use crate::error::{ErrorCode, Problem, Result};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places, so many for each caller and so many in all. Clones share them.
#[derive(Debug)]
pub struct ConcurrencyLimiter<K: Hash + Eq>(Arc<ConcurrencyShared<K>>);

impl<K: Hash + Eq> Clone for ConcurrencyLimiter<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct ConcurrencyShared<K> {
    max_each: usize,
    max_total: usize,
    in_use: Mutex<PermitsInUse<K>>,
}

#[derive(Debug)]
struct PermitsInUse<K> {
    by_caller: HashMap<K, usize>,
    total: usize,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct ConcurrencyPermit<K: Hash + Eq> {
    limiter: ConcurrencyLimiter<K>,
    caller: K,
}

impl<K: Hash + Eq + Clone> ConcurrencyLimiter<K> {
    /// So many places for each caller, and so many in all.
    #[must_use]
    pub fn new(most_each: usize, most: usize) -> Self {
        let held = Mutex::new(PermitsInUse { by_caller: HashMap::new(), total: 0 });
        Self(Arc::new(ConcurrencyShared { max_each: most_each, max_total: most, in_use: held }))
    }

    /// Takes a place for a caller.
    ///
    /// # Errors
    /// 429 when the caller has as many as one may have; 503 when all are taken.
    pub fn acquire(&self, caller: K) -> Result<ConcurrencyPermit<K>> {
        let mut held = self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.by_caller.get(&caller).copied().unwrap_or(0);
        if own >= self.0.max_each {
            return Err(Problem::new(ErrorCode::TooManyAtOnce).with_arg("most", self.0.max_each));
        }
        if held.total >= self.0.max_total {
            return Err(Problem::new(ErrorCode::Busy));
        }
        held.total += 1;
        held.by_caller.insert(caller.clone(), own + 1);
        drop(held);
        Ok(ConcurrencyPermit { limiter: self.clone(), caller })
    }
}

impl<K: Hash + Eq> Drop for ConcurrencyPermit<K> {
    fn drop(&mut self) {
        let mut held = self.limiter.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        held.total = held.total.saturating_sub(1);
        let left = held.by_caller.get_mut(&self.caller).map(|own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == Some(0) {
            held.by_caller.remove(&self.caller);
        }
    }
}

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
const MAX_QUEUED: (usize, usize) = (16, 64);

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

    fn caller(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_caller_has_so_many_places_and_all_have_so_many() {
        let places = ConcurrencyLimiter::new(2, 3);
        let (first, _second) = (places.acquire("a").unwrap(), places.acquire("a").unwrap());
        assert_eq!(places.acquire("a").unwrap_err().code, ErrorCode::TooManyAtOnce);
        let _other = places.acquire("b").unwrap();
        assert_eq!(places.acquire("b").unwrap_err().code, ErrorCode::Busy);
        drop(first);
        let _again = places.acquire("b").unwrap();
    }

    #[test]
    fn callers_without_a_place_are_forgotten() {
        let places = ConcurrencyLimiter::new(1, 1);
        for number in 0..1000 {
            drop(places.acquire(number).unwrap());
        }
        assert!(places.0.in_use.lock().unwrap().by_caller.is_empty());
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
