//! Who calls: the key in `Authorization: Bearer`, checked inside the transaction that needs it.

use crate::access::keys::ApiKey;
use crate::access::store;
use crate::db::{Conn, TxResult};
use crate::error::{ErrorCode, Problem, Result};
use crate::http::AppState;
use crate::http::limits::RateLimiter;
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;

/// A key as presented, not yet checked; and whom to tell whether it is in force.
#[derive(Clone)]
pub struct Credentials(String, Option<RateLimiter>);

/// The bearer token of a request (RFC 6750).
#[must_use]
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Credentials {
    /// The key that a request presents.
    ///
    /// # Errors
    /// 401 when there is none, or it is not a bearer token (RFC 6750).
    pub fn from_request(request: &HttpRequest) -> Result<Self> {
        let limits = request.app_data::<Data<AppState>>().map(|state| state.rate_limiter.clone());
        let token = bearer_token(request.headers()).ok_or_else(|| Problem::new(ErrorCode::Unauthorized))?;
        Ok(Self(token.to_owned(), limits))
    }

    /// The public part of the key, not yet checked.
    #[must_use]
    pub fn key_id(&self) -> &str {
        crate::access::keys::key_id(&self.0).unwrap_or_default()
    }

    /// The key that a request presents, if it presents any.
    ///
    /// # Errors
    /// 401 when what is presented is not a bearer token.
    pub fn from_request_if_given(request: &HttpRequest) -> Result<Option<Self>> {
        request.headers().contains_key(header::AUTHORIZATION).then(|| Self::from_request(request)).transpose()
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
        let key = store::find_in_force(tx, &self.0, now)?;
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
