//! `/v1/webhooks/{id}/deliveries`: what was sent, what came of it, and sending it again.

use super::{Delivery, seq_of, store};
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem, Result};
use crate::http::State;
use crate::http::body::{self, JSON};
use crate::http::params::Params;
use crate::registry::collection::context;
use crate::vocabulary::{At, Faults, Member as _};
use crate::webhooks::handlers::{Call, answer, reply};
use crate::webhooks::members::WebhookReplayInput;
use crate::webhooks::store::Webhook;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

/// What a delivery can be.
pub const STATUSES: [&str; 3] = [store::PENDING, store::DELIVERED, store::FAILED];

/// Lists the deliveries of a webhook, the newest change first.
///
/// # Errors
/// 400, 401, 404.
pub async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::of(&request, &state)?;
    let mut params = Params::of(&request);
    let mut statuses = params.many("status");
    for status in statuses.iter().filter(|status| !STATUSES.contains(&status.as_str())) {
        params.misfit("status", status, &format!("some of {}", STATUSES.join(", ")));
    }
    if statuses.is_empty() {
        statuses = STATUSES.map(str::to_owned).into();
    }
    let limit = params.limit();
    let context = context(&request);
    let before = params.one("cursor").and_then(|cursor| {
        let seq = state.sealer.open(&context, &cursor).and_then(|seq| seq.parse::<i64>().ok());
        params.keep(seq.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
    });
    params.finish()?;
    let read = move |tx: &mut Conn| {
        let webhook = call.webhook(tx)?;
        Ok(store::list(tx, webhook.id, &statuses, before.unwrap_or(i64::MAX), limit + 1)?)
    };
    let mut found = state.db.primary().read(read).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > limit);
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|last| {
        let cursor = state.sealer.seal(&context, &last.seq.to_string());
        format!("{context}{}limit={limit}&cursor={cursor}", if context.contains('?') { '&' } else { '?' })
    });
    let mut page = Map::from_iter([("limit".to_owned(), limit.into())]);
    page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
    let items: Vec<Value> = found.iter().map(Delivery::shown).collect();
    let mut reply = answer(StatusCode::OK, &json!({"items": items, "page": page}));
    let link = next.and_then(|next| header::HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        reply.headers_mut().insert(header::LINK, link);
    }
    Ok(reply)
}

/// Which delivery a path names.
fn named(request: &HttpRequest) -> Result<String> {
    Params::of(request).finish()?;
    Ok(request.match_info().get("delivery").unwrap_or_default().to_owned())
}

fn find(tx: &mut Conn, webhook: &Webhook, id: &str) -> Outcome<Delivery> {
    let found = seq_of(webhook.id, id).map(|seq| store::find(tx, webhook.id, seq)).transpose()?.flatten();
    Ok(found.ok_or_else(|| Problem::new(Code::NoSuchRecord).fact("id", id))?)
}

/// Answers one delivery.
///
/// # Errors
/// 401, 404.
pub async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let (call, id) = (Call::of(&request, &state)?, named(&request)?);
    let read = move |tx: &mut Conn| {
        let webhook = call.webhook(tx)?;
        find(tx, &webhook, &id)
    };
    let delivery = state.db.primary().read(read).await?;
    Ok(answer(StatusCode::OK, &delivery.shown()))
}

/// Makes a delivery due at once, whether it has ended or waits.
///
/// # Errors
/// 401, 404.
pub async fn replay(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let (call, id) = (Call::of(&request, &state)?, named(&request)?);
    let write = move |tx: &mut Conn, call: &Call| {
        let webhook = call.locked(tx)?;
        let delivery = find(tx, &webhook, &id)?;
        store::hurry(tx, &delivery, call.now)?;
        Ok(reply(StatusCode::ACCEPTED, &find(tx, &webhook, &id)?.shown()))
    };
    call.once(&request, &state, "", write).await
}

/// Sends every change after a number again, if the webhook is told of it.
///
/// # Errors
/// 401, 403, 404, 422.
pub async fn replay_after(
    request: HttpRequest,
    state: Data<State>,
    payload: Payload,
) -> Result<HttpResponse> {
    let call = Call::of(&request, &state)?;
    Params::of(&request).finish()?;
    call.may_write(&state).await?;
    let (_, body) = body::read(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let mut faults = Faults::default();
    let input = WebhookReplayInput::read(Some(body), &At::Root, &mut faults).ok_or(faults);
    let caller = call.clone();
    let count = move |tx: &mut Conn| {
        let webhook = caller.webhook(tx)?;
        let after = input.map_err(Problem::invalid)?.after_seq.0;
        Ok((after, store::count_after(tx, &webhook, after)?))
    };
    let (after, count) = state.db.primary().read_long(count).await?;
    let write = move |tx: &mut Conn, call: &Call| {
        let mut webhook = call.locked(tx)?;
        store::rewind(tx, &mut webhook, after)?;
        Ok(reply(StatusCode::ACCEPTED, &json!({"count": count})))
    };
    call.once(&request, &state, &sent, write).await
}
