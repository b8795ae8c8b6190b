//! Idempotency-Key: finds and replays the stored response of a repeated request.

use super::store::{self, StoredResponse};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::locks;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::util::hash::to_hex;
use sha2::{Digest as _, Sha256};

/// How long an answer is kept, in microseconds.
const RETENTION_MICROS: i64 = 7 * 86_400 * 1_000_000;

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
        if !locks::try_advisory_lock(tx, &format!("{key} {token}"))? {
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
