//! Reads the bearer token of `Authorization` (RFC 6750) as credentials to verify.

use super::context::HttpContext;
use crate::auth::api_key::ApiKey;
use crate::auth::credentials::Credentials;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;

/// Returns the bearer token of a request.
#[must_use]
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns the key that a request presents, not yet verified.
///
/// # Errors
/// 401 when there is none, or it is not a bearer token.
pub fn read_credentials(request: &HttpRequest) -> Result<Credentials> {
    let observer = request.app_data::<Data<HttpContext>>().map(|context| context.key_observer.clone());
    let token = bearer_token(request.headers()).ok_or_else(|| Problem::new(ErrorCode::Unauthorized))?;
    Ok(Credentials::new(token.to_owned(), observer))
}

/// Returns the key that a request presents, if it presents any.
///
/// # Errors
/// 401 when `Authorization` holds something else than a bearer token.
pub fn read_credentials_if_given(request: &HttpRequest) -> Result<Option<Credentials>> {
    request.headers().contains_key(header::AUTHORIZATION).then(|| read_credentials(request)).transpose()
}

/// Returns the key in force, before the body is read. The transaction of the request verifies the key
/// again.
///
/// # Errors
/// As [`Credentials::verify`].
pub async fn find_key(context: &HttpContext, credentials: &Credentials) -> Result<ApiKey> {
    let now = context.clock.now();
    if let Some(key) = context.key_cache.get(credentials.token(), now) {
        return Ok(key);
    }
    let verified = credentials.clone();
    let key = context.db.primary().read_single_statement(move |tx| verified.verify(tx, now)).await?;
    context.key_cache.insert(&key);
    Ok(key)
}
