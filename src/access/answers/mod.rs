//! A request that is sent again is answered again: what `Idempotency-Key` promises.
//!
//! The answer is kept in the transaction of the write itself, for a week. A refused request wrote nothing, so nothing
//! is kept of it, and it may be tried again.

mod store;

pub use store::Reply;

use crate::db::{self, Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::replies::hex;
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How long an answer is kept, in microseconds.
const KEPT: i64 = 7 * 86_400 * 1_000_000;

/// The requests that are being answered in this process.
#[derive(Debug, Clone, Default)]
pub struct Flights(Arc<Mutex<HashSet<(String, String)>>>);

/// A request that is being answered.
#[derive(Debug)]
pub struct Flight {
    all: Flights,
    name: (String, String),
}

impl Flights {
    /// Takes off, unless the same key already waits for an answer under the same token.
    ///
    /// # Errors
    /// 409.
    pub fn take_off(&self, key: &str, token: &str) -> Result<Flight> {
        let name = (key.to_owned(), token.to_owned());
        let mut flying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !flying.insert(name.clone()) {
            return Err(Problem::new(Code::RequestInFlight));
        }
        Ok(Flight { all: self.clone(), name })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// A request that may have been sent before.
#[derive(Debug, Clone, Default)]
pub struct Once {
    /// What the caller names it by; nothing when it does not matter.
    token: Option<String>,
    fingerprint: String,
}

impl Once {
    /// A request with this token.
    #[must_use]
    pub fn new(token: Option<String>) -> Self {
        Self { token, fingerprint: String::new() }
    }

    /// Whether it has a token at all.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.token.is_some()
    }

    /// The same request, which says `parts`.
    #[must_use]
    pub fn saying(self, parts: &[String]) -> Self {
        let mut hash = Sha256::new();
        for part in parts.iter().filter(|_| self.matters()) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let fingerprint = hex(&hash.finalize());
        Self { fingerprint, ..self }
    }

    /// The answer it was given before.
    ///
    /// # Errors
    /// 422 when it said something else before; 409 when another instance is answering it; 410 when what it was told has
    /// been erased.
    pub fn again(&self, tx: &mut Conn, key: &str, now: i64) -> Outcome<Option<Reply>> {
        let Some(token) = &self.token else { return Ok(None) };
        if !db::try_lock(tx, &format!("{key} {token}"))? {
            return Err(Problem::new(Code::RequestInFlight).into());
        }
        match store::find(tx, key, token, now - KEPT)? {
            Some((fingerprint, _)) if fingerprint != self.fingerprint => {
                Err(Problem::new(Code::IdempotencyKeyReused).into())
            }
            // What it showed has been erased since.
            Some((_, reply)) if reply.body.is_empty() => Err(Problem::new(Code::Erased).into()),
            Some((_, mut reply)) => {
                reply.headers.push(("idempotency-replayed".into(), "true".into()));
                Ok(Some(reply))
            }
            None => {
                store::forget(tx, now - KEPT)?;
                Ok(None)
            }
        }
    }

    /// Keeps the answer it is given now.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keep(&self, tx: &mut Conn, key: &str, reply: &Reply, now: i64) -> Outcome<()> {
        if let Some(token) = &self.token {
            store::keep(tx, (key, token), &self.fingerprint, reply, now)?;
        }
        Ok(())
    }
}
