//! How much of something one caller, and all of them together, may do at a time.
//!
//! A place is taken before the work and given back by dropping it, wherever that happens: when an answer has been sent,
//! when a caller hangs up, when a thread is done. Whoever is over a limit is refused at once.

use crate::error::{Code, Problem, Result};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places, so many for each caller and so many in all. Clones share them.
#[derive(Debug)]
pub struct Places<K: Hash + Eq>(Arc<Inner<K>>);

impl<K: Hash + Eq> Clone for Places<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Inner<K> {
    most_each: usize,
    most: usize,
    held: Mutex<Held<K>>,
}

#[derive(Debug)]
struct Held<K> {
    each: HashMap<K, usize>,
    all: usize,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub struct Place<K: Hash + Eq> {
    places: Places<K>,
    caller: K,
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// So many places for each caller, and so many in all.
    #[must_use]
    pub fn new(most_each: usize, most: usize) -> Self {
        let held = Mutex::new(Held { each: HashMap::new(), all: 0 });
        Self(Arc::new(Inner { most_each, most, held }))
    }

    /// Takes a place for a caller.
    ///
    /// # Errors
    /// 429 when the caller has as many as one may have; 503 when all are taken.
    pub fn take(&self, caller: K) -> Result<Place<K>> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let own = held.each.get(&caller).copied().unwrap_or(0);
        if own >= self.0.most_each {
            return Err(Problem::new(Code::TooManyAtOnce).fact("most", self.0.most_each));
        }
        if held.all >= self.0.most {
            return Err(Problem::new(Code::Busy));
        }
        held.all += 1;
        held.each.insert(caller.clone(), own + 1);
        drop(held);
        Ok(Place { places: self.clone(), caller })
    }
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.places.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        let left = held.each.get_mut(&self.caller).map(|own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == Some(0) {
            held.each.remove(&self.caller);
        }
    }
}

/// Turns at work that takes long: few at a time, and a bounded queue behind them in which no caller stands in the way of
/// the others.
///
/// A caller has at most half of the turns, and queues for those before it queues with everybody else. So the common
/// queue never holds more of one caller than that.
#[derive(Debug, Clone)]
pub struct Turns {
    places: Places<IpAddr>,
    own: Arc<Mutex<HashMap<IpAddr, Arc<Semaphore>>>>,
    most_each: usize,
    common: Arc<Semaphore>,
}

/// The most questions of one caller that wait or are answered, and the most of all callers.
const QUEUE: (usize, usize) = (16, 64);

/// How long a turn is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A turn, which lasts until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _common: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
    _place: Place<IpAddr>,
}

impl Turns {
    /// So many turns at a time.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        Self {
            places: Places::new(QUEUE.0, QUEUE.1),
            own: Arc::default(),
            most_each: (turns / 2).max(1),
            common: Arc::new(Semaphore::new(turns)),
        }
    }

    /// Waits for a turn of a caller.
    ///
    /// # Errors
    /// 429 when too many questions of the caller wait already; 503 when too many of all callers do, or the turn does not
    /// come in time.
    pub async fn wait(&self, caller: IpAddr) -> Result<Turn> {
        let place = self.places.take(caller)?;
        let own = self.own_turns_of(caller);
        let common = self.common.clone();
        let wait = async {
            let own = own.acquire_owned().await.ok()?;
            Some((common.acquire_owned().await.ok()?, own))
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(Some((common, own))) => Ok(Turn { _common: common, _own: own, _place: place }),
            _ => Err(Problem::new(Code::Busy)),
        }
    }

    /// The turns of one caller; those of callers who are gone are forgotten on the way.
    fn own_turns_of(&self, caller: IpAddr) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.retain(|_, turns| Arc::strong_count(turns) > 1);
        own.entry(caller).or_insert_with(|| Arc::new(Semaphore::new(self.most_each))).clone()
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
        let places = Places::new(2, 3);
        let (first, _second) = (places.take("a").unwrap(), places.take("a").unwrap());
        assert_eq!(places.take("a").unwrap_err().code, Code::TooManyAtOnce);
        let _other = places.take("b").unwrap();
        assert_eq!(places.take("b").unwrap_err().code, Code::Busy);
        drop(first);
        let _again = places.take("b").unwrap();
    }

    #[test]
    fn callers_without_a_place_are_forgotten() {
        let places = Places::new(1, 1);
        for number in 0..1000 {
            drop(places.take(number).unwrap());
        }
        assert!(places.0.held.lock().unwrap().each.is_empty());
    }

    #[actix_web::test]
    async fn one_caller_does_not_have_all_turns() {
        let turns = Turns::new(2);
        let first = turns.wait(caller(1)).await.unwrap();
        let waiting: Vec<_> = (1..QUEUE.0)
            .map(|_| {
                let turns = turns.clone();
                actix_web::rt::spawn(async move { turns.wait(caller(1)).await.map(drop) })
            })
            .collect();
        while turns.places.0.held.lock().unwrap().all < QUEUE.0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(turns.wait(caller(1)).await.unwrap_err().code, Code::TooManyAtOnce);
        drop(turns.wait(caller(2)).await.unwrap());
        drop(first);
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
    }
}
