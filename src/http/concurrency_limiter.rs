//! Limits how many uses of something one client, and all clients together, have at a time.
//!
//! A permit is acquired before the work and released on drop, wherever that happens: after the response was
//! sent, when a client disconnects, when a thread ends. Above the limit a request is refused at once.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Permits per client and in total. Clones share them.
#[derive(Debug)]
pub struct ConcurrencyLimiter<K: Hash + Eq>(pub(super) Arc<ConcurrencyShared<K>>);

impl<K: Hash + Eq> Clone for ConcurrencyLimiter<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
pub(super) struct ConcurrencyShared<K> {
    max_each: usize,
    max_total: usize,
    pub(super) in_use: Mutex<PermitsInUse<K>>,
}

#[derive(Debug)]
pub(super) struct PermitsInUse<K> {
    by_caller: HashMap<K, usize>,
    pub(super) total: usize,
}

/// A permit, released on drop.
#[derive(Debug)]
pub struct ConcurrencyPermit<K: Hash + Eq> {
    limiter: ConcurrencyLimiter<K>,
    caller: K,
}

impl<K: Hash + Eq + Clone> ConcurrencyLimiter<K> {
    /// Creates a limiter with a maximum per client and in total.
    #[must_use]
    pub fn new(most_each: usize, most: usize) -> Self {
        let in_use = Mutex::new(PermitsInUse { by_caller: HashMap::new(), total: 0 });
        Self(Arc::new(ConcurrencyShared { max_each: most_each, max_total: most, in_use }))
    }

    /// Acquires a permit for a client.
    ///
    /// # Errors
    /// 429 when the client holds its maximum; 503 when all are taken.
    pub fn acquire(&self, caller: K) -> Result<ConcurrencyPermit<K>> {
        let mut in_use = self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let own = in_use.by_caller.get(&caller).copied().unwrap_or(0);
        if own >= self.0.max_each {
            return Err(Problem::new(ErrorCode::TooManyAtOnce).with_arg("most", self.0.max_each));
        }
        if in_use.total >= self.0.max_total {
            return Err(Problem::new(ErrorCode::Busy));
        }
        in_use.total += 1;
        in_use.by_caller.insert(caller.clone(), own + 1);
        drop(in_use);
        Ok(ConcurrencyPermit { limiter: self.clone(), caller })
    }
}

impl<K: Hash + Eq> Drop for ConcurrencyPermit<K> {
    fn drop(&mut self) {
        let mut in_use = self.limiter.0.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        in_use.total = in_use.total.saturating_sub(1);
        let left = in_use.by_caller.get_mut(&self.caller).map(|own| {
            *own = own.saturating_sub(1);
            *own
        });
        if left == Some(0) {
            in_use.by_caller.remove(&self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
