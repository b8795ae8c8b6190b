//! Reads the bearer token of `Authorization` (RFC 6750) as credentials to verify.

use crate::api::state::AppState;
use crate::auth::credentials::Credentials;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;

/// The bearer token of a request (RFC 6750).
#[must_use]
pub(super) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
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

    /// The key that a request presents, if it presents any.
    ///
    /// # Errors
    /// 401 when what is presented is not a bearer token.
    pub fn from_request_if_given(request: &HttpRequest) -> Result<Option<Self>> {
        request.headers().contains_key(header::AUTHORIZATION).then(|| Self::from_request(request)).transpose()
    }
}
