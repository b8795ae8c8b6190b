//! A request that is sent again is answered again: what `Idempotency-Key` promises.
//!
//! The answer is kept in the transaction of the write itself, for a week. A refused request wrote nothing, so nothing
//! is kept of it, and it may be tried again.

mod store;

pub use store::StoredResponse;

use crate::db::{self, Conn, TxResult};
use crate::error::{ErrorCode, Problem, Result};
use crate::http::replies::to_hex;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How long an answer is kept, in microseconds.
const RETENTION_MICROS: i64 = 7 * 86_400 * 1_000_000;

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

/// A request that may have been sent before.
#[derive(Debug, Clone, Default)]
pub struct IdempotentRequest {
    /// What the caller names it by; nothing when it does not matter.
    idempotency_key: Option<String>,
    fingerprint: String,
}

impl IdempotentRequest {
    /// A request with this token.
    #[must_use]
    pub fn new(idempotency_key: Option<String>) -> Self {
        Self { idempotency_key, fingerprint: String::new() }
    }

    /// Whether it has a token at all.
    #[must_use]
    pub fn has_idempotency_key(&self) -> bool {
        self.idempotency_key.is_some()
    }

    /// The same request, which says `parts`.
    #[must_use]
    pub fn with_fingerprint(self, parts: &[String]) -> Self {
        let mut hash = Sha256::new();
        for part in parts.iter().filter(|_| self.has_idempotency_key()) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let fingerprint = to_hex(&hash.finalize());
        Self { fingerprint, ..self }
    }

    /// The answer it was given before.
    ///
    /// # Errors
    /// 422 when it said something else before; 409 when another instance is answering it; 410 when what it was told has
    /// been erased.
    pub fn replay(&self, tx: &mut Conn, key: &str, now: i64) -> TxResult<Option<StoredResponse>> {
        let Some(token) = &self.idempotency_key else { return Ok(None) };
        if !db::try_advisory_lock(tx, &format!("{key} {token}"))? {
            return Err(Problem::new(ErrorCode::RequestInFlight).into());
        }
        match store::find(tx, key, token, now - RETENTION_MICROS)? {
            Some((fingerprint, _)) if fingerprint != self.fingerprint => {
                Err(Problem::new(ErrorCode::IdempotencyKeyReused).into())
            }
            // What it showed has been erased since.
            Some((_, reply)) if reply.body.is_empty() => Err(Problem::new(ErrorCode::Erased).into()),
            Some((_, mut reply)) => {
                reply.headers.push(("idempotency-replayed".into(), "true".into()));
                Ok(Some(reply))
            }
            None => {
                store::delete_older(tx, now - RETENTION_MICROS)?;
                Ok(None)
            }
        }
    }

    /// Keeps the answer it is given now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn store(&self, tx: &mut Conn, key: &str, reply: &StoredResponse, now: i64) -> TxResult<()> {
        if let Some(token) = &self.idempotency_key {
            store::insert(tx, (key, token), &self.fingerprint, reply, now)?;
        }
        Ok(())
    }
}
