//! `/v1/webhooks`: each origin's own, and all of them for administrators.

use super::members::WebhookInput;
use super::store::{self, Webhook};
use super::{deliveries, rules, signature};
use crate::access::answers::StoredResponse;
use crate::access::keys::ApiKey;
use crate::clock::{self, rfc3339};
use crate::db::types::Id;
use crate::db::{Conn, TxResult};
use crate::error::{ErrorCode, Fault, FaultList, Problem, Result};
use crate::http::AppState;
use crate::http::auth::Credentials;
use crate::http::body::{self, JSON, MERGE_PATCH};
use crate::http::once::run_idempotent;
use crate::http::params::QueryParams;
use crate::http::replies;
use crate::registry::collection::{get_or_head, resource_with_body_types, resource_with_methods};
use crate::registry::store::parse_record_id;
use crate::vocabulary::merge_patch;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const WEBHOOK_METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::PATCH, Method::DELETE, Method::OPTIONS];
const ACTION_METHODS: &[Method] = &[Method::POST, Method::OPTIONS];

/// How long the old secret signs beside the new one, in microseconds.
const OLD_SECRET_LIFETIME: i64 = 86_400_000_000;

/// The routes of webhooks and their deliveries.
pub fn routes(config: &mut ServiceConfig) {
    use deliveries::handlers as of;
    config
        .service(
            resource_with_body_types("/webhooks", COLLECTION_METHODS, &[(Method::POST, JSON)])
                .route(get_or_head().to(list))
                .route(web::post().to(create)),
        )
        .service(
            resource_with_body_types(
                "/webhooks/{id}",
                WEBHOOK_METHODS,
                &[(Method::PATCH, &[MERGE_PATCH, JSON].join(", "))],
            )
            .route(get_or_head().to(get))
            .route(web::patch().to(patch))
            .route(web::delete().to(delete)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/rotate-secret", ACTION_METHODS)
                .route(web::post().to(rotate_secret)),
        )
        .service(
            resource_with_body_types("/webhooks/{id}/replay", ACTION_METHODS, &[(Method::POST, JSON)])
                .route(web::post().to(of::replay_after)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries", READ_METHODS)
                .route(get_or_head().to(of::list)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries/{delivery}", READ_METHODS)
                .route(get_or_head().to(of::get)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries/{delivery}/replay", ACTION_METHODS)
                .route(web::post().to(of::replay)),
        );
}

/// A request by a key, about one webhook where the path names one.
#[derive(Clone)]
pub(super) struct WebhookRequest {
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
    fn without_params(request: &HttpRequest, state: &AppState) -> Result<Self> {
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

    fn verify_key(&self, tx: &mut Conn) -> TxResult<ApiKey> {
        self.credentials.verify(tx, self.now)
    }

    /// The webhook of the path, if the key may see it.
    pub(super) fn find_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        let key = self.verify_key(tx)?;
        let found = parse_record_id(&self.id).map(|id| store::find(tx, id)).transpose()?.flatten();
        let own = found.filter(|webhook| key.is_admin() || webhook.origin == key.origin);
        Ok(own.ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", &self.id))?)
    }

    /// The same, to be changed: locked until the end of the transaction.
    pub(super) fn lock_webhook(&self, tx: &mut Conn) -> TxResult<Webhook> {
        require_write_scope(&self.verify_key(tx)?)?;
        let id = self.find_webhook(tx)?.id;
        store::lock(tx, id)?;
        self.find_webhook(tx)
    }
}

/// Whether a key may make and change webhooks: one that only reads does not make the registry send.
fn require_write_scope(key: &ApiKey) -> Result<()> {
    if key.may_write_any() {
        Ok(())
    } else {
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "write"))
    }
}

/// An answer that is nobody else's.
pub(super) fn no_store_response(status: StatusCode, body: &Value) -> HttpResponse {
    replies::json_builder(status).insert_header((header::CACHE_CONTROL, "no-store")).body(body.to_string())
}

/// An answer to a write, as it is kept for a request that is sent again.
pub(super) fn stored_response(status: StatusCode, body: &Value) -> StoredResponse {
    StoredResponse::json(status.as_u16(), body.to_string()).with_header("cache-control", "no-store")
}

/// What the owner wrote.
fn input_json(webhook: &Webhook) -> Result<Map<String, Value>> {
    let Value::Object(mut members) = json!(webhook.input()?) else {
        return Err(Problem::new(ErrorCode::Internal));
    };
    members.insert("enabled".into(), (webhook.enabled == 1).into());
    Ok(members)
}

fn webhook_json(webhook: &Webhook) -> Result<Map<String, Value>> {
    let mut shown = Map::new();
    shown.insert("id".into(), webhook.id.to_string().into());
    shown.insert("origin".into(), webhook.origin.as_str().into());
    shown.extend(input_json(webhook)?);
    let reason = webhook.disabled_reason.iter();
    shown.extend(reason.map(|text| ("disabled_reason".to_owned(), text.as_str().into())));
    shown.insert("created_at".into(), rfc3339(webhook.created_at).into());
    shown.insert("updated_at".into(), rfc3339(webhook.updated_at).into());
    if let (Some(at), Some(status)) = (webhook.attempted_at, &webhook.attempt_status) {
        shown.insert("last_delivery".into(), json!({"at": rfc3339(at), "status": status}));
    }
    Ok(shown)
}

/// The webhook with its secret, which no other answer has: not even that to the same request sent again.
fn with_secret(status: StatusCode, webhook: &Webhook) -> Result<StoredResponse> {
    let mut shown = webhook_json(webhook)?;
    let kept = Value::Object(shown.clone()).to_string();
    shown.insert("secret".into(), webhook.secret.as_str().into());
    Ok(StoredResponse { stored_body: Some(kept), ..stored_response(status, &shown.into()) })
}

/// Writes the members of a body.
fn apply_input(webhook: &mut Webhook, mut input: WebhookInput) {
    webhook.enabled = input.enabled.take().unwrap_or(true).into();
    webhook.content = json!(input).to_string();
    if webhook.enabled == 1 {
        webhook.disabled_reason = None;
    }
}

/// Lists the webhooks, without their secrets.
///
/// # Errors
/// 401.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    let read = move |tx: &mut Conn| {
        let key = call.verify_key(tx)?;
        let mut all = store::all(tx)?;
        all.retain(|webhook| key.is_admin() || webhook.origin == key.origin);
        let items: Vec<Map<String, Value>> = all.iter().map(webhook_json).collect::<Result<_>>()?;
        Ok(json!({"items": items, "page": {"limit": rules::MAX_WEBHOOKS}}))
    };
    Ok(no_store_response(StatusCode::OK, &state.db.primary().read(read).await?))
}

/// Makes a webhook; its secret is in this answer.
///
/// # Errors
/// 401, 403, 409 when there are too many, 422.
pub async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    call.ensure_may_write(&state).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let input = rules::read_input(body, state.allows_private_webhooks);
    let (id, secret) = (Id(clock::new_uuid()), signature::generate_secret());
    let write = move |tx: &mut Conn, call: &WebhookRequest| {
        let key = call.verify_key(tx)?;
        require_write_scope(&key)?;
        let input = input.clone().map_err(Problem::invalid)?;
        store::lock_creation(tx)?;
        let all = store::all(tx)?;
        let own = all.iter().filter(|webhook| webhook.origin == key.origin).count();
        for (count, limit) in [(all.len(), rules::MAX_WEBHOOKS), (own, rules::MAX_WEBHOOKS_PER_ORIGIN)] {
            if i64::try_from(count).is_ok_and(|count| count >= limit) {
                return Err(Problem::new(ErrorCode::TooManyWebhooks).with_arg("limit", limit).into());
            }
        }
        let mut webhook = Webhook {
            id,
            origin: key.origin,
            content: String::new(),
            enabled: 1,
            disabled_reason: None,
            secret: secret.clone(),
            old_secret: None,
            old_secret_until: 0,
            created_at: call.now,
            updated_at: call.now,
            position: crate::registry::store::latest_seq(tx)?,
            sent_seq: None,
            attempted_at: None,
            attempt_status: None,
        };
        apply_input(&mut webhook, input);
        store::insert(tx, &webhook)?;
        let location = format!("/v1/webhooks/{}", webhook.id);
        Ok(with_secret(StatusCode::CREATED, &webhook)?.with_header("location", location))
    };
    call.run_idempotent(&request, &state, &sent, write).await
}

/// Answers one webhook, without its secret.
///
/// # Errors
/// 401; 404 when there is none, or it is of another origin.
pub async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    let webhook = state.db.primary().read(move |tx| call.find_webhook(tx)).await?;
    Ok(no_store_response(StatusCode::OK, &webhook_json(&webhook)?.into()))
}

/// Changes a part of a webhook (RFC 7396).
///
/// # Errors
/// 401, 403, 404, 422.
pub async fn patch(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    call.ensure_may_write(&state).await?;
    let (_, patch) = body::read_json(&request, payload, &[MERGE_PATCH, JSON]).await?;
    let (sent, allow_private) = (patch.to_string(), state.allows_private_webhooks);
    let write = move |tx: &mut Conn, call: &WebhookRequest| {
        let mut webhook = call.lock_webhook(tx)?;
        let mut body = Value::Object(input_json(&webhook)?);
        merge_patch::apply(&mut body, &patch);
        let mut faults = FaultList::default();
        let id = webhook.id.to_string();
        if patch.get("id").is_some_and(|given| given != &Value::from(id.as_str())) {
            faults.add(Fault::at_pointer("/id", ErrorCode::Mismatch, vec![("expected", id)]));
        }
        let input = rules::read_input(body, allow_private);
        match input {
            Ok(input) if faults.is_empty() => {
                let before = webhook.clone();
                apply_input(&mut webhook, input);
                if webhook != before {
                    webhook.updated_at = call.now;
                    store::save(tx, &webhook)?;
                }
                Ok(stored_response(StatusCode::OK, &webhook_json(&webhook)?.into()))
            }
            input => {
                if let Err(more) = input {
                    faults.extend(more);
                }
                Err(Problem::invalid(faults).into())
            }
        }
    };
    call.run_idempotent(&request, &state, &sent, write).await
}

/// Deletes a webhook and its deliveries.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    let write = move |tx: &mut Conn| {
        let id = call.lock_webhook(tx)?.id;
        Ok(store::delete(tx, id)?)
    };
    state.db.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook a new secret, which is in this answer; the old one signs beside it for a day.
///
/// # Errors
/// 401, 403, 404.
pub async fn rotate_secret(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WebhookRequest::without_params(&request, &state)?;
    let secret = signature::generate_secret();
    let write = move |tx: &mut Conn, call: &WebhookRequest| {
        let mut webhook = call.lock_webhook(tx)?;
        webhook.old_secret = Some(std::mem::replace(&mut webhook.secret, secret.clone()));
        webhook.old_secret_until = call.now + OLD_SECRET_LIFETIME;
        webhook.updated_at = call.now;
        store::save(tx, &webhook)?;
        Ok(with_secret(StatusCode::OK, &webhook)?)
    };
    call.run_idempotent(&request, &state, "", write).await
}
