//! Idempotency keys of requests being answered now: a second one gets 409.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The idempotency keys in use in this process.
#[derive(Debug, Clone, Default)]
pub struct InFlightRequests(Arc<Mutex<HashSet<(String, String)>>>);

/// An idempotency key in use, released on drop.
#[derive(Debug)]
pub struct InFlightGuard {
    requests: InFlightRequests,
    request: (String, String),
}

impl InFlightRequests {
    /// Marks an idempotency key as in use.
    ///
    /// # Errors
    /// 409 when a request with the same API key and idempotency key is being answered.
    pub fn enter(&self, key: &str, token: &str) -> Result<InFlightGuard> {
        let name = (key.to_owned(), token.to_owned());
        let mut flying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !flying.insert(name.clone()) {
            return Err(Problem::new(ErrorCode::RequestInFlight));
        }
        Ok(InFlightGuard { requests: self.clone(), request: name })
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.requests.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.request);
    }
}
