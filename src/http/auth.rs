//! Who calls: the key in `Authorization: Bearer`, checked inside the transaction that needs it.

use crate::access::keys::Key;
use crate::access::store;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::limits::Limits;
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;

/// A key as presented, not yet checked; and whom to tell whether it is in force.
#[derive(Clone)]
pub struct Credentials(String, Option<Limits>);

/// The bearer token of a request (RFC 6750).
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Credentials {
    /// The key that a request presents.
    ///
    /// # Errors
    /// 401 when there is none, or it is not a bearer token (RFC 6750).
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let limits = request.app_data::<Data<State>>().map(|state| state.limits.clone());
        let token = token(request.headers()).ok_or_else(|| Problem::new(Code::Unauthorized))?;
        Ok(Self(token.to_owned(), limits))
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

    /// The key in force, looked up before anything more is read of a request. What the request does checks it again, in
    /// its transaction.
    ///
    /// # Errors
    /// As [`Credentials::key`].
    pub async fn look_up(&self, state: &State) -> Result<Key> {
        let now = state.clock.now();
        if let Some(key) = state.keys.get(&self.0, now) {
            return Ok(key);
        }
        let credentials = self.clone();
        let key = state.db.primary().read_once(move |tx| credentials.key(tx, now)).await?;
        state.keys.insert(&key);
        Ok(key)
    }

    /// The key in force.
    ///
    /// # Errors
    /// 401 when the key is unknown, expired or revoked.
    pub fn key(&self, tx: &mut Conn, now: i64) -> Outcome<Key> {
        let key = store::admitted(tx, &self.0, now)?;
        match (&self.1, &key) {
            (Some(limits), Some(key)) => limits.note(&self.0, &key.id),
            (Some(limits), None) => limits.forget(&self.0),
            (None, _) => {}
        }
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
