//! `/v1/webhooks`: list, create, get, change and delete webhooks, and rotate their secrets.

use super::input;
use super::webhook_request::{WebhookRequest, no_store_response, require_write_scope, stored_response};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::merge_patch;
use crate::http::body::{self, JSON, MERGE_PATCH};
use crate::http::idempotency::store::StoredResponse;
use crate::util::clock::rfc3339;
use crate::util::random;
use crate::webhooks::signature;
use crate::webhooks::webhook::WebhookInput;
use crate::webhooks::webhook_store::{self, Webhook};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

/// How long deliveries are also signed with the old secret after a rotation, in microseconds.
const OLD_SECRET_LIFETIME: i64 = 86_400_000_000;

/// Returns the members that the owner writes.
fn input_json(webhook: &Webhook) -> Result<Map<String, Value>> {
    let Value::Object(mut members) = json!(webhook.input()?) else {
        return Err(Problem::new(ErrorCode::Internal));
    };
    members.insert("enabled".into(), (webhook.enabled == 1).into());
    Ok(members)
}

/// Returns the JSON of a webhook, without its secret.
fn webhook_json(webhook: &Webhook) -> Result<Map<String, Value>> {
    let mut members = Map::new();
    members.insert("id".into(), webhook.id.to_string().into());
    members.insert("origin".into(), webhook.origin.as_str().into());
    members.extend(input_json(webhook)?);
    let reason = webhook.disabled_reason.iter();
    members.extend(reason.map(|text| ("disabled_reason".to_owned(), text.as_str().into())));
    members.insert("created_at".into(), rfc3339(webhook.created_at).into());
    members.insert("updated_at".into(), rfc3339(webhook.updated_at).into());
    if let (Some(at), Some(status)) = (webhook.attempted_at, &webhook.attempt_status) {
        members.insert("last_delivery".into(), json!({"at": rfc3339(at), "status": status}));
    }
    Ok(members)
}

/// Builds the response that has the secret; replays of the request answer without it.
fn with_secret(status: StatusCode, webhook: &Webhook) -> Result<StoredResponse> {
    let mut members = webhook_json(webhook)?;
    let without_secret = Value::Object(members.clone()).to_string();
    members.insert("secret".into(), webhook.secret.as_str().into());
    Ok(StoredResponse { stored_body: Some(without_secret), ..stored_response(status, &members.into()) })
}

/// Applies the members of a body to a webhook; enabling it clears the reason it was disabled for.
fn apply_input(webhook: &mut Webhook, mut input: WebhookInput) {
    webhook.enabled = input.enabled.take().unwrap_or(true).into();
    webhook.content = json!(input).to_string();
    if webhook.enabled == 1 {
        webhook.disabled_reason = None;
    }
}

/// Lists the webhooks of the key's origin, or of every origin for an administrator.
pub(super) async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    let read = move |tx: &mut Conn| {
        let key = webhook_request.verify_key(tx)?;
        let mut all = webhook_store::all(tx)?;
        all.retain(|webhook| key.is_admin() || webhook.origin == key.origin);
        let items: Vec<Map<String, Value>> = all.iter().map(webhook_json).collect::<Result<_>>()?;
        Ok(json!({"items": items, "page": {"limit": input::MAX_WEBHOOKS}}))
    };
    Ok(no_store_response(StatusCode::OK, &state.db.primary().read(read).await?))
}

/// Creates a webhook. The response has its secret.
///
/// # Errors
/// `TooManyWebhooks` (409) beyond [`input::MAX_WEBHOOKS`] or [`input::MAX_WEBHOOKS_PER_ORIGIN`].
pub(super) async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    webhook_request.ensure_may_write(&state).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let body_text = body.to_string();
    let input = input::read_input(body, state.options.allows_private_webhooks);
    let (id, secret) = (Id(random::new_uuid()), signature::generate_secret());
    let write = move |tx: &mut Conn, webhook_request: &WebhookRequest| {
        let key = webhook_request.verify_key(tx)?;
        require_write_scope(&key)?;
        let input = input.clone().map_err(Problem::invalid)?;
        webhook_store::lock_creation(tx)?;
        let all = webhook_store::all(tx)?;
        let of_origin = all.iter().filter(|webhook| webhook.origin == key.origin).count();
        for (count, limit) in [(all.len(), input::MAX_WEBHOOKS), (of_origin, input::MAX_WEBHOOKS_PER_ORIGIN)]
        {
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
            created_at: webhook_request.now,
            updated_at: webhook_request.now,
            position: crate::store::changes::latest_seq(tx)?,
            sent_seq: None,
            attempted_at: None,
            attempt_status: None,
        };
        apply_input(&mut webhook, input);
        webhook_store::insert(tx, &webhook)?;
        let location = format!("/v1/webhooks/{}", webhook.id);
        Ok(with_secret(StatusCode::CREATED, &webhook)?.with_header("location", location))
    };
    webhook_request.run_idempotent(&request, &state, &body_text, write).await
}

/// Responds with one webhook.
pub(super) async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    let webhook = state.db.primary().read(move |tx| webhook_request.find_webhook(tx)).await?;
    Ok(no_store_response(StatusCode::OK, &webhook_json(&webhook)?.into()))
}

/// Changes members of a webhook by JSON Merge Patch (RFC 7396).
pub(super) async fn patch(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    webhook_request.ensure_may_write(&state).await?;
    let (_, patch) = body::read_json(&request, payload, &[MERGE_PATCH, JSON]).await?;
    let (body_text, allow_private) = (patch.to_string(), state.options.allows_private_webhooks);
    let write = move |tx: &mut Conn, webhook_request: &WebhookRequest| {
        let mut webhook = webhook_request.lock_webhook(tx)?;
        let mut body = Value::Object(input_json(&webhook)?);
        merge_patch::apply(&mut body, &patch);
        let mut faults = FaultList::default();
        let id = webhook.id.to_string();
        if patch.get("id").is_some_and(|given| given != &Value::from(id.as_str())) {
            faults.add(Fault::at_pointer("/id", ErrorCode::Mismatch, vec![("expected", id)]));
        }
        let input = input::read_input(body, allow_private);
        match input {
            Ok(input) if faults.is_empty() => {
                let before = webhook.clone();
                apply_input(&mut webhook, input);
                if webhook != before {
                    webhook.updated_at = webhook_request.now;
                    webhook_store::save(tx, &webhook)?;
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
    webhook_request.run_idempotent(&request, &state, &body_text, write).await
}

/// Deletes a webhook and its deliveries.
pub(super) async fn delete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    let write = move |tx: &mut Conn| {
        let id = webhook_request.lock_webhook(tx)?.id;
        Ok(webhook_store::delete(tx, id)?)
    };
    state.db.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook a new secret, which the response has. For a day, deliveries are signed with both.
pub(super) async fn rotate_secret(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::without_params(&request, &state)?;
    let secret = signature::generate_secret();
    let write = move |tx: &mut Conn, webhook_request: &WebhookRequest| {
        let mut webhook = webhook_request.lock_webhook(tx)?;
        webhook.old_secret = Some(std::mem::replace(&mut webhook.secret, secret.clone()));
        webhook.old_secret_until = webhook_request.now + OLD_SECRET_LIFETIME;
        webhook.updated_at = webhook_request.now;
        webhook_store::save(tx, &webhook)?;
        Ok(with_secret(StatusCode::OK, &webhook)?)
    };
    webhook_request.run_idempotent(&request, &state, "", write).await
}
