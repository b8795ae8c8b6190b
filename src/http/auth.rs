//! Who calls: the key in `Authorization: Bearer`, checked inside the transaction that needs it.

use crate::access::keys::Key;
use crate::access::store;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header;

/// A key as presented, not yet checked.
#[derive(Clone)]
pub struct Credentials(String);

impl Credentials {
    /// The key that a request presents.
    ///
    /// # Errors
    /// 401 when there is none, or it is not a bearer token (RFC 6750).
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let value = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let token = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token.map(|(_, token)| Self(token.trim().to_owned())).ok_or_else(|| Problem::new(Code::Unauthorized))
    }

    /// The public part of the key, not yet checked.
    #[must_use]
    pub fn id(&self) -> &str {
        crate::access::keys::id_of(&self.0).unwrap_or_default()
    }

    /// The key that a request presents, if it presents any.
    ///
    /// # Errors
    /// 401 when what is presented is not a bearer token.
    pub fn optional(request: &HttpRequest) -> Result<Option<Self>> {
        request.headers().contains_key(header::AUTHORIZATION).then(|| Self::of(request)).transpose()
    }

    /// The key in force.
    ///
    /// # Errors
    /// 401 when the key is unknown, expired or revoked.
    pub fn key(&self, tx: &mut Conn, now: i64) -> Outcome<Key> {
        let key = store::admitted(tx, &self.0, now)?;
        Ok(key.ok_or_else(|| Problem::new(Code::Unauthorized))?)
    }

    /// The key in force, if it may do everything.
    ///
    /// # Errors
    /// 401; 403 for a lesser key.
    pub fn admin(&self, tx: &mut Conn, now: i64) -> Outcome<Key> {
        let key = self.key(tx, now)?;
        must_be_admin(&key)?;
        Ok(key)
    }
}

/// Whether a key may do everything.
///
/// # Errors
/// 403 for a lesser key.
pub fn must_be_admin(key: &Key) -> Result<()> {
    if key.is_admin() { Ok(()) } else { Err(Problem::new(Code::Forbidden).fact("scope", "admin")) }
}
