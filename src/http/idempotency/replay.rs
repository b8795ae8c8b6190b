//! Finds and replays the stored response of a repeated request.

use super::store::{self, StoredResponse};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::locks;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::util::hash::to_hex;
use sha2::{Digest as _, Sha256};

/// How long responses are kept, in microseconds: a week.
const RETENTION_MICROS: i64 = 7 * 86_400 * 1_000_000;

/// A request that may be a repetition.
#[derive(Debug, Clone, Default)]
pub struct IdempotentRequest {
    /// Its idempotency key, if it has one.
    idempotency_key: Option<String>,
    fingerprint: String,
}

impl IdempotentRequest {
    /// A request with this idempotency key.
    #[must_use]
    pub fn new(idempotency_key: Option<String>) -> Self {
        Self { idempotency_key, fingerprint: String::new() }
    }

    /// Returns whether it has an idempotency key.
    #[must_use]
    pub fn has_idempotency_key(&self) -> bool {
        self.idempotency_key.is_some()
    }

    /// Adds the fingerprint of what the request says.
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

    /// Returns the stored response.
    ///
    /// # Errors
    /// 422 when the key was used for another request; 409 when another instance is answering it; 410 when
    /// what the response showed has been erased.
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

    /// Stores the response.
    pub fn store(&self, tx: &mut Conn, key: &str, reply: &StoredResponse, now: i64) -> TxResult<()> {
        if let Some(token) = &self.idempotency_key {
            store::insert(tx, (key, token), &self.fingerprint, reply, now)?;
        }
        Ok(())
    }
}
