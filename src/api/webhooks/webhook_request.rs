//! Webhook request.

use crate::api::state::AppState;
use crate::auth::api_key::ApiKey;
use crate::auth::credentials::Credentials;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::parse_record_id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::idempotency::request::run_idempotent;
use crate::http::idempotency::store::StoredResponse;
use crate::http::query_params::QueryParams;
use crate::http::responses;
use crate::webhooks::webhook_store::{self, Webhook};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// A request by a key, about one webhook where the path names one.
#[derive(Clone)]
pub struct WebhookRequest {
    credentials: Credentials,
    id: String,
    /// The time of the request.
    pub(super) now: i64,
}

impl WebhookRequest {
    pub(super) fn from_request(request: &HttpRequest, state: &AppState) -> Result<Self> {
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        Ok(Self { credentials: Credentials::from_request(request)?, id, now: state.clock.now() })
    }

    /// The same, of a request without parameters.
    pub(super) fn without_params(request: &HttpRequest, state: &AppState) -> Result<Self> {
        let call = Self::from_request(request, state)?;
        QueryParams::from_request(request).finish()?;
        Ok(call)
    }

    /// Does the work of the call, unless it was done before.
    pub(super) async fn run_idempotent<F>(
        self,
        request: &HttpRequest,
        state: &AppState,
        sent: &str,
        work: F,
    ) -> Result<HttpResponse>
    where
        F: Fn(&mut Conn, &Self) -> TxResult<StoredResponse> + Send + 'static,
    {
        let caller = (self.credentials.clone(), self.now);
        run_idempotent(request, state, caller, sent, move |tx, _| work(tx, &self)).await
    }

    /// Whether the key may make and change webhooks, asked before a body is read.
    pub(super) async fn ensure_may_write(&self, state: &AppState) -> Result<()> {
        require_write_scope(&self.credentials.find_key(state).await?)
    }

    pub(super) fn verify_key(&self, tx: &mut Conn) -> TxResult<ApiKey> {
        self.credentials.verify(tx, self.now)
    }

    /// The webhook of the path, if the key may see it.
    pub(super) fn find_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        let key = self.verify_key(tx)?;
        let found = parse_record_id(&self.id).map(|id| webhook_store::find(tx, id)).transpose()?.flatten();
        let own = found.filter(|webhook| key.is_admin() || webhook.origin == key.origin);
        Ok(own.ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", &self.id))?)
    }

    /// The same, to be changed: locked until the end of the transaction.
    pub(super) fn lock_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        require_write_scope(&self.verify_key(tx)?)?;
        let id = self.find_webhook(tx)?.id;
        webhook_store::lock(tx, id)?;
        self.find_webhook(tx)
    }
}

/// Whether a key may make and change webhooks: one that only reads does not make the registry send.
pub(super) fn require_write_scope(key: &ApiKey) -> Result<()> {
    if key.may_write_any() {
        Ok(())
    } else {
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "write"))
    }
}

/// An answer that is nobody else's.
pub(super) fn no_store_response(status: StatusCode, body: &Value) -> HttpResponse {
    responses::json_builder(status).insert_header((header::CACHE_CONTROL, "no-store")).body(body.to_string())
}

/// An answer to a write, as it is kept for a request that is sent again.
pub(super) fn stored_response(status: StatusCode, body: &Value) -> StoredResponse {
    StoredResponse::json(status.as_u16(), body.to_string()).with_header("cache-control", "no-store")
}
