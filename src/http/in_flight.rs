//! Idempotency keys of requests being answered now: a second one gets 409.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The requests that are being answered in this process.
#[derive(Debug, Clone, Default)]
pub struct InFlightRequests(Arc<Mutex<HashSet<(String, String)>>>);

/// A request that is being answered.
#[derive(Debug)]
pub struct InFlightGuard {
    requests: InFlightRequests,
    request: (String, String),
}

impl InFlightRequests {
    /// Takes off, unless the same key already waits for an answer under the same token.
    ///
    /// # Errors
    /// 409.
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
