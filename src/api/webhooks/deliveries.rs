//! `/v1/webhooks/{id}/deliveries`: list, get and replay deliveries.

use super::input::WebhookReplayInput;
use super::webhook_request::{WebhookRequest, no_store_response, stored_response};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::body_field::{BodyField as _, BodyPath};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::body::{self, JSON};
use crate::http::pagination::cursor_context;
use crate::http::query_params::QueryParams;
use crate::webhooks::delivery::{DELIVERY_STATUSES, Delivery, seq_of};
use crate::webhooks::delivery_store;
use crate::webhooks::webhook_store::Webhook;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

/// Lists the deliveries of a webhook, newest change first.
pub(super) async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::from_request(&request, &state)?;
    let mut params = QueryParams::from_request(&request);
    let mut statuses = params.list("status");
    for status in statuses.iter().filter(|status| !DELIVERY_STATUSES.contains(&status.as_str())) {
        params.invalid("status", status, &format!("some of {}", DELIVERY_STATUSES.join(", ")));
    }
    if statuses.is_empty() {
        statuses = DELIVERY_STATUSES.map(str::to_owned).into();
    }
    let limit = params.page_limit();
    let context = cursor_context(&request);
    let before = params.single("cursor").and_then(|cursor| {
        let seq = state.cursor_signer.verify(&context, &cursor).and_then(|seq| seq.parse::<i64>().ok());
        params.accept(seq.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let read = move |tx: &mut Conn| {
        let webhook = webhook_request.find_webhook(tx)?;
        Ok(delivery_store::list(tx, webhook.id, &statuses, before.unwrap_or(i64::MAX), limit + 1)?)
    };
    let mut deliveries = state.db.primary().read(read).await?;
    let has_more = i64::try_from(deliveries.len()).is_ok_and(|count| count > limit);
    deliveries.truncate(usize::try_from(limit).unwrap_or_default());
    let next = deliveries.last().filter(|_| has_more).map(|last| {
        let cursor = state.cursor_signer.sign(&context, &last.seq.to_string());
        format!("{context}{}limit={limit}&cursor={cursor}", if context.contains('?') { '&' } else { '?' })
    });
    let mut page = Map::from_iter([("limit".to_owned(), limit.into())]);
    page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
    let items: Vec<Value> = deliveries.iter().map(Delivery::to_json).collect();
    let mut response = no_store_response(StatusCode::OK, &json!({"items": items, "page": page}));
    let link = next.and_then(|next| header::HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Returns the id of the delivery in the path, and refuses query parameters.
fn delivery_id(request: &HttpRequest) -> Result<String> {
    QueryParams::from_request(request).finish()?;
    Ok(request.match_info().get("delivery").unwrap_or_default().to_owned())
}

fn find_delivery(tx: &mut Conn, webhook: &Webhook, id: &str) -> TxResult<Delivery> {
    let delivery =
        seq_of(webhook.id, id).map(|seq| delivery_store::find(tx, webhook.id, seq)).transpose()?.flatten();
    Ok(delivery.ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", id))?)
}

/// Responds with one delivery.
pub(super) async fn get(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (webhook_request, id) = (WebhookRequest::from_request(&request, &state)?, delivery_id(&request)?);
    let read = move |tx: &mut Conn| {
        let webhook = webhook_request.find_webhook(tx)?;
        find_delivery(tx, &webhook, &id)
    };
    let delivery = state.db.primary().read(read).await?;
    Ok(no_store_response(StatusCode::OK, &delivery.to_json()))
}

/// Makes a delivery due at once, whether it has finished or is waiting for a retry.
pub(super) async fn replay(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (webhook_request, id) = (WebhookRequest::from_request(&request, &state)?, delivery_id(&request)?);
    let write = move |tx: &mut Conn, webhook_request: &WebhookRequest| {
        let webhook = webhook_request.lock_webhook(tx)?;
        let delivery = find_delivery(tx, &webhook, &id)?;
        delivery_store::retry_now(tx, &delivery, webhook_request.now)?;
        Ok(stored_response(StatusCode::ACCEPTED, &find_delivery(tx, &webhook, &id)?.to_json()))
    };
    webhook_request.run_idempotent(&request, &state, "", write).await
}

/// Sends every change after a sequence number again that the webhook's filters select.
pub(super) async fn replay_after(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let webhook_request = WebhookRequest::from_request(&request, &state)?;
    QueryParams::from_request(&request).finish()?;
    webhook_request.ensure_may_write(&state).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let body_text = body.to_string();
    let mut faults = FaultList::default();
    let input = WebhookReplayInput::read(Some(body), &BodyPath::Root, &mut faults).ok_or(faults);
    let counting_request = webhook_request.clone();
    let count = move |tx: &mut Conn| {
        let webhook = counting_request.find_webhook(tx)?;
        let after = input.map_err(Problem::invalid)?.after_seq.0;
        Ok((after, delivery_store::count_after(tx, &webhook, after)?))
    };
    let (after, count) = state.db.primary().read_long(count).await?;
    let write = move |tx: &mut Conn, webhook_request: &WebhookRequest| {
        let mut webhook = webhook_request.lock_webhook(tx)?;
        delivery_store::rewind(tx, &mut webhook, after)?;
        Ok(stored_response(StatusCode::ACCEPTED, &json!({"count": count})))
    };
    webhook_request.run_idempotent(&request, &state, &body_text, write).await
}
