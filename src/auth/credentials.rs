//! Who calls: the key in `Authorization: Bearer`, checked inside the transaction that needs it.

use super::api_key::ApiKey;
use super::key_store;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::rate_limit::RateLimiter;

/// A key as presented, not yet checked; and whom to tell whether it is in force.
#[derive(Clone)]
pub struct Credentials(pub String, pub Option<RateLimiter>);

impl Credentials {
    /// The public part of the key, not yet checked.
    #[must_use]
    pub fn key_id(&self) -> &str {
        crate::auth::api_key::key_id(&self.0).unwrap_or_default()
    }

    /// The key in force, looked up before anything more is read of a request. What the request does checks it again, in
    /// its transaction.
    ///
    /// # Errors
    /// As [`Credentials::key`].
    pub async fn find_key(&self, state: &AppState) -> Result<ApiKey> {
        let now = state.clock.now();
        if let Some(key) = state.key_cache.get(&self.0, now) {
            return Ok(key);
        }
        let credentials = self.clone();
        let key = state.db.primary().read_single_statement(move |tx| credentials.verify(tx, now)).await?;
        state.key_cache.insert(&key);
        Ok(key)
    }

    /// The key in force.
    ///
    /// # Errors
    /// 401 when the key is unknown, expired or revoked.
    pub fn verify(&self, tx: &mut Conn, now: i64) -> TxResult<ApiKey> {
        let key = key_store::find_in_force(tx, &self.0, now)?;
        match (&self.1, &key) {
            (Some(limits), Some(key)) => limits.learn_key(&self.0, &key.id),
            (Some(limits), None) => limits.forget_key(&self.0),
            (None, _) => {}
        }
        Ok(key.ok_or_else(|| Problem::new(ErrorCode::Unauthorized))?)
    }

    /// The key in force, if it may do everything.
    ///
    /// # Errors
    /// 401; 403 for a lesser key.
    pub fn verify_admin(&self, tx: &mut Conn, now: i64) -> TxResult<ApiKey> {
        let key = self.verify(tx, now)?;
        require_admin(&key)?;
        Ok(key)
    }
}

/// Whether a key may do everything.
///
/// # Errors
/// 403 for a lesser key.
pub fn require_admin(key: &ApiKey) -> Result<()> {
    if key.is_admin() { Ok(()) } else { Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin")) }
}
