//! An API key as presented by a caller, verified inside the transaction that needs it.

use super::api_key::{self, ApiKey};
use super::key_store;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::sync::Arc;

/// Told each token that was verified, with the id of its key, or without where no key in force has it.
pub type KeyObserver = Arc<dyn Fn(&str, Option<&str>) + Send + Sync>;

/// A key as presented, not yet verified.
#[derive(Clone)]
pub struct Credentials {
    token: String,
    observer: Option<KeyObserver>,
}

impl Credentials {
    /// Credentials from a token; `observer` is told whether its key is in force.
    #[must_use]
    pub fn new(token: String, observer: Option<KeyObserver>) -> Self {
        Self { token, observer }
    }

    /// The token as presented.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The public part of the key, not yet verified.
    #[must_use]
    pub fn key_id(&self) -> &str {
        api_key::key_id(&self.token).unwrap_or_default()
    }

    /// Returns the key in force.
    ///
    /// # Errors
    /// 401 when the key is unknown, expired or revoked.
    pub fn verify(&self, tx: &mut Conn, now: i64) -> TxResult<ApiKey> {
        let key = key_store::find_in_force(tx, &self.token, now)?;
        if let Some(observe) = &self.observer {
            observe(&self.token, key.as_ref().map(|key| key.id.as_str()));
        }
        Ok(key.ok_or_else(|| Problem::new(ErrorCode::Unauthorized))?)
    }

    /// Returns the key in force, if it has the scope `admin`.
    ///
    /// # Errors
    /// 401; 403 for a lesser key.
    pub fn verify_admin(&self, tx: &mut Conn, now: i64) -> TxResult<ApiKey> {
        let key = self.verify(tx, now)?;
        require_admin(&key)?;
        Ok(key)
    }
}

/// Refuses a key without the scope `admin`.
///
/// # Errors
/// 403 for a lesser key.
pub fn require_admin(key: &ApiKey) -> Result<()> {
    if key.is_admin() { Ok(()) } else { Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin")) }
}
