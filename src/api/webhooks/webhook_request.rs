//! A request by an API key about a webhook, and its responses.

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
use crate::http::{bearer, responses};
use crate::webhooks::webhook_store::{self, Webhook};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// A request by an API key, about the webhook of the path if it names one.
#[derive(Clone)]
pub(super) struct WebhookRequest {
    credentials: Credentials,
    id: String,
    /// The time of the request, in microseconds since the Unix epoch.
    pub(super) now: i64,
}

impl WebhookRequest {
    /// Reads the credentials and the `id` of the path.
    pub(super) fn from_request(request: &HttpRequest, state: &AppState) -> Result<Self> {
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        Ok(Self { credentials: bearer::read_credentials(request)?, id, now: state.clock.now() })
    }

    /// The same for a request that takes no query parameters.
    pub(super) fn without_params(request: &HttpRequest, state: &AppState) -> Result<Self> {
        let webhook_request = Self::from_request(request, state)?;
        QueryParams::from_request(request).finish()?;
        Ok(webhook_request)
    }

    /// Runs `work` in a transaction, or replays the response of the same `Idempotency-Key`.
    pub(super) async fn run_idempotent<F>(
        self,
        request: &HttpRequest,
        state: &AppState,
        body_text: &str,
        work: F,
    ) -> Result<HttpResponse>
    where
        F: Fn(&mut Conn, &Self) -> TxResult<StoredResponse> + Send + 'static,
    {
        let caller = (self.credentials.clone(), self.now);
        run_idempotent(request, &state.http, caller, body_text, move |tx, _| work(tx, &self)).await
    }

    /// Refuses keys without a write scope, before the body is read.
    pub(super) async fn ensure_may_write(&self, state: &AppState) -> Result<()> {
        require_write_scope(&bearer::find_key(&state.http, &self.credentials).await?)
    }

    /// Verifies the key inside the transaction.
    pub(super) fn verify_key(&self, tx: &mut Conn) -> TxResult<ApiKey> {
        self.credentials.verify(tx, self.now)
    }

    /// Finds the webhook of the path.
    ///
    /// # Errors
    /// `NoSuchRecord` when there is none, or it belongs to another origin and the key is not an
    /// administrator's.
    pub(super) fn find_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        let key = self.verify_key(tx)?;
        let webhook = parse_record_id(&self.id).map(|id| webhook_store::find(tx, id)).transpose()?.flatten();
        let visible = webhook.filter(|webhook| key.is_admin() || webhook.origin == key.origin);
        Ok(visible.ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", &self.id))?)
    }

    /// Finds the webhook of the path and locks it until the end of the transaction; the key needs a write
    /// scope.
    pub(super) fn lock_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        require_write_scope(&self.verify_key(tx)?)?;
        let id = self.find_webhook(tx)?.id;
        webhook_store::lock(tx, id)?;
        self.find_webhook(tx)
    }
}

/// Refuses keys without a write scope: a read-only key must not make the registry send requests.
pub(super) fn require_write_scope(key: &ApiKey) -> Result<()> {
    if key.may_write_any() {
        Ok(())
    } else {
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "write"))
    }
}

/// Builds a JSON response that no cache may store.
pub(super) fn no_store_response(status: StatusCode, body: &Value) -> HttpResponse {
    responses::json_builder(status).insert_header((header::CACHE_CONTROL, "no-store")).body(body.to_string())
}

/// Builds the response to a write in the form that is stored for replays.
pub(super) fn stored_response(status: StatusCode, body: &Value) -> StoredResponse {
    StoredResponse::json(status.as_u16(), body.to_string()).with_header("cache-control", "no-store")
}
