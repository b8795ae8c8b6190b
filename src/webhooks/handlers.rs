//! `/v1/webhooks`: each origin's own, and all of them for administrators.

use super::members::WebhookInput;
use super::store::{self, Webhook};
use super::{deliveries, rules, signature};
use crate::access::answers::Reply;
use crate::access::keys::Key;
use crate::clock::{self, rfc3339};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Faults, Problem, Result};
use crate::http::State;
use crate::http::auth::Credentials;
use crate::http::body::{self, JSON, MERGE_PATCH};
use crate::http::once::once;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::collection::{reading, resource, resource_taking};
use crate::registry::store::parse_id;
use crate::vocabulary::merge_patch;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const MANY: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const ONE: &[Method] = &[Method::GET, Method::HEAD, Method::PATCH, Method::DELETE, Method::OPTIONS];
const DO: &[Method] = &[Method::POST, Method::OPTIONS];

/// How long the old secret signs beside the new one, in microseconds.
const ROTATION: i64 = 86_400_000_000;

/// The routes of webhooks and their deliveries.
pub fn routes(config: &mut ServiceConfig) {
    use deliveries::handlers as of;
    config
        .service(
            resource_taking("/webhooks", MANY, &[(Method::POST, JSON)])
                .route(reading().to(list))
                .route(web::post().to(create)),
        )
        .service(
            resource_taking("/webhooks/{id}", ONE, &[(Method::PATCH, &[MERGE_PATCH, JSON].join(", "))])
                .route(reading().to(get))
                .route(web::patch().to(patch))
                .route(web::delete().to(delete)),
        )
        .service(resource("/webhooks/{id}/rotate-secret", DO).route(web::post().to(rotate)))
        .service(
            resource_taking("/webhooks/{id}/replay", DO, &[(Method::POST, JSON)])
                .route(web::post().to(of::replay_after)),
        )
        .service(resource("/webhooks/{id}/deliveries", READ).route(reading().to(of::list)))
        .service(resource("/webhooks/{id}/deliveries/{delivery}", READ).route(reading().to(of::get)))
        .service(
            resource("/webhooks/{id}/deliveries/{delivery}/replay", DO).route(web::post().to(of::replay)),
        );
}

/// A request by a key, about one webhook where the path names one.
#[derive(Clone)]
pub(super) struct Call {
    credentials: Credentials,
    id: String,
    /// The time of the request.
    pub(super) now: i64,
}

impl Call {
    pub(super) fn of(request: &HttpRequest, state: &State) -> Result<Self> {
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        Ok(Self { credentials: Credentials::of(request)?, id, now: state.clock.now() })
    }

    /// The same, of a request without parameters.
    fn plain(request: &HttpRequest, state: &State) -> Result<Self> {
        let call = Self::of(request, state)?;
        Params::of(request).finish()?;
        Ok(call)
    }

    /// Does the work of the call, unless it was done before.
    pub(super) async fn once<F>(
        self,
        request: &HttpRequest,
        state: &State,
        sent: &str,
        work: F,
    ) -> Result<HttpResponse>
    where
        F: Fn(&mut Conn, &Self) -> Outcome<Reply> + Send + 'static,
    {
        let caller = (self.credentials.clone(), self.now);
        once(request, state, caller, sent, move |tx, _| work(tx, &self)).await
    }

    /// Whether the key may make and change webhooks, asked before a body is read.
    pub(super) async fn may_write(&self, state: &State) -> Result<()> {
        must_write(&self.credentials.look_up(state).await?)
    }

    fn key(&self, tx: &mut Conn) -> Outcome<Key> {
        self.credentials.key(tx, self.now)
    }

    /// The webhook of the path, if the key may see it.
    pub(super) fn webhook(&self, tx: &mut Conn) -> Outcome<Webhook> {
        let key = self.key(tx)?;
        let found = parse_id(&self.id).map(|id| store::find(tx, id)).transpose()?.flatten();
        let own = found.filter(|webhook| key.is_admin() || webhook.origin == key.origin);
        Ok(own.ok_or_else(|| Problem::new(Code::NoSuchRecord).fact("id", &self.id))?)
    }

    /// The same, to be changed: locked until the end of the transaction.
    pub(super) fn locked(&self, tx: &mut Conn) -> Outcome<Webhook> {
        must_write(&self.key(tx)?)?;
        let id = self.webhook(tx)?.id;
        store::lock(tx, id)?;
        self.webhook(tx)
    }
}

/// Whether a key may make and change webhooks: one that only reads does not make the registry send.
fn must_write(key: &Key) -> Result<()> {
    if key.may_write_any() { Ok(()) } else { Err(Problem::new(Code::Forbidden).fact("scope", "write")) }
}

/// An answer that is nobody else's.
pub(super) fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    replies::json(status).insert_header((header::CACHE_CONTROL, "no-store")).body(body.to_string())
}

/// An answer to a write, as it is kept for a request that is sent again.
pub(super) fn reply(status: StatusCode, body: &Value) -> Reply {
    Reply::json(status.as_u16(), body.to_string()).header("cache-control", "no-store")
}

/// What the owner wrote.
fn written(webhook: &Webhook) -> Result<Map<String, Value>> {
    let Value::Object(mut members) = json!(webhook.input()?) else {
        return Err(Problem::new(Code::Internal));
    };
    members.insert("enabled".into(), (webhook.enabled == 1).into());
    Ok(members)
}

fn shown(webhook: &Webhook) -> Result<Map<String, Value>> {
    let mut shown = Map::new();
    shown.insert("id".into(), webhook.id.to_string().into());
    shown.insert("origin".into(), webhook.origin.as_str().into());
    shown.extend(written(webhook)?);
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
fn revealing(status: StatusCode, webhook: &Webhook) -> Result<Reply> {
    let mut shown = shown(webhook)?;
    let kept = Value::Object(shown.clone()).to_string();
    shown.insert("secret".into(), webhook.secret.as_str().into());
    Ok(Reply { kept: Some(kept), ..reply(status, &shown.into()) })
}

/// Writes the members of a body.
fn set(webhook: &mut Webhook, mut input: WebhookInput) {
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
pub async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    let read = move |tx: &mut Conn| {
        let key = call.key(tx)?;
        let mut all = store::all(tx)?;
        all.retain(|webhook| key.is_admin() || webhook.origin == key.origin);
        let items: Vec<Map<String, Value>> = all.iter().map(shown).collect::<Result<_>>()?;
        Ok(json!({"items": items, "page": {"limit": rules::MOST}}))
    };
    Ok(answer(StatusCode::OK, &state.db.primary().read(read).await?))
}

/// Makes a webhook; its secret is in this answer.
///
/// # Errors
/// 401, 403, 409 when there are too many, 422.
pub async fn create(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    call.may_write(&state).await?;
    let (_, body) = body::read(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let input = rules::read(body, state.private_webhooks);
    let (id, secret) = (Id(clock::new_id()), signature::secret());
    let write = move |tx: &mut Conn, call: &Call| {
        let key = call.key(tx)?;
        must_write(&key)?;
        let input = input.clone().map_err(Problem::invalid)?;
        store::lock_all(tx)?;
        let all = store::all(tx)?;
        let own = all.iter().filter(|webhook| webhook.origin == key.origin).count();
        for (count, limit) in [(all.len(), rules::MOST), (own, rules::MOST_OF_ORIGIN)] {
            if i64::try_from(count).is_ok_and(|count| count >= limit) {
                return Err(Problem::new(Code::TooManyWebhooks).fact("limit", limit).into());
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
            position: crate::registry::store::head(tx)?,
            sent_seq: None,
            attempted_at: None,
            attempt_status: None,
        };
        set(&mut webhook, input);
        store::insert(tx, &webhook)?;
        let location = format!("/v1/webhooks/{}", webhook.id);
        Ok(revealing(StatusCode::CREATED, &webhook)?.header("location", location))
    };
    call.once(&request, &state, &sent, write).await
}

/// Answers one webhook, without its secret.
///
/// # Errors
/// 401; 404 when there is none, or it is of another origin.
pub async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    let webhook = state.db.primary().read(move |tx| call.webhook(tx)).await?;
    Ok(answer(StatusCode::OK, &shown(&webhook)?.into()))
}

/// Changes a part of a webhook (RFC 7396).
///
/// # Errors
/// 401, 403, 404, 422.
pub async fn patch(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    call.may_write(&state).await?;
    let (_, patch) = body::read(&request, payload, &[MERGE_PATCH, JSON]).await?;
    let (sent, allow_private) = (patch.to_string(), state.private_webhooks);
    let write = move |tx: &mut Conn, call: &Call| {
        let mut webhook = call.locked(tx)?;
        let mut body = Value::Object(written(&webhook)?);
        merge_patch::apply(&mut body, &patch);
        let mut faults = Faults::default();
        let id = webhook.id.to_string();
        if patch.get("id").is_some_and(|given| given != &Value::from(id.as_str())) {
            faults.add(Fault::at("/id", Code::Mismatch, vec![("expected", id)]));
        }
        let input = rules::read(body, allow_private);
        match input {
            Ok(input) if faults.is_empty() => {
                let before = webhook.clone();
                set(&mut webhook, input);
                if webhook != before {
                    webhook.updated_at = call.now;
                    store::save(tx, &webhook)?;
                }
                Ok(reply(StatusCode::OK, &shown(&webhook)?.into()))
            }
            input => {
                if let Err(more) = input {
                    faults.extend(more);
                }
                Err(Problem::invalid(faults).into())
            }
        }
    };
    call.once(&request, &state, &sent, write).await
}

/// Deletes a webhook and its deliveries.
///
/// # Errors
/// 401, 403, 404.
pub async fn delete(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    let write = move |tx: &mut Conn| {
        let id = call.locked(tx)?.id;
        Ok(store::delete(tx, id)?)
    };
    state.db.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives a webhook a new secret, which is in this answer; the old one signs beside it for a day.
///
/// # Errors
/// 401, 403, 404.
pub async fn rotate(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::plain(&request, &state)?;
    let secret = signature::secret();
    let write = move |tx: &mut Conn, call: &Call| {
        let mut webhook = call.locked(tx)?;
        webhook.old_secret = Some(std::mem::replace(&mut webhook.secret, secret.clone()));
        webhook.old_secret_until = call.now + ROTATION;
        webhook.updated_at = call.now;
        store::save(tx, &webhook)?;
        Ok(revealing(StatusCode::OK, &webhook)?)
    };
    call.once(&request, &state, "", write).await
}
