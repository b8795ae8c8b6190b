//! `/v1/keys`: the keys, for administrators.

use super::answers::Reply;
use super::keys::{Key, NewKey, Scope, lifetime};
use super::store;
use crate::clock::rfc3339;
use crate::error::{Code, Fault, Faults, Problem, Result};
use crate::http::State;
use crate::http::auth::{Credentials, must_be_admin};
use crate::http::body::{self, JSON};
use crate::http::once::once;
use crate::http::params::Params;
use crate::http::replies;
use crate::registry::collection::context;
use crate::vocabulary::{At, Member};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

crate::content! {
    /// A key to be made.
    pub struct KeyInput {
        /// What it is for.
        #[schema(example = "CLAIR mirror", max_length = 100)]
        pub name: String,
        /// The organisation it acts for: the `origin` of what it writes.
        #[schema(example = "clair", max_length = 64, pattern = "^[A-Za-z0-9._~-]+$")]
        pub origin: String,
        /// What it may do: `read`, `write`, `write:KIND`, `override`, `admin`.
        #[schema(example = json!(["write"]), min_items = 1)]
        pub scopes: Vec<String>,
        /// The schemes whose identifiers it may write.
        #[schema(example = json!(["clair"]))]
        pub schemes: Vec<String>,
        /// How long it lives: a number with `d`, `h`, `m` or `s`.
        #[schema(example = "90d", pattern = "^[1-9][0-9]{0,6}[dhms]$")]
        pub expires: Option<String>,
    }
}

fn shown(key: &Key) -> Map<String, Value> {
    let scopes: Vec<String> = key.scopes.iter().map(Scope::to_string).collect();
    let mut shown = Map::new();
    shown.insert("id".into(), key.id.clone().into());
    shown.insert("name".into(), key.name.clone().into());
    shown.insert("origin".into(), key.origin.clone().into());
    shown.insert("scopes".into(), scopes.into());
    shown.insert("schemes".into(), key.schemes.clone().into());
    shown.insert("created_at".into(), rfc3339(key.created_at).into());
    shown.extend(key.expires_at.map(|end| ("expires_at".to_owned(), rfc3339(end).into())));
    shown.extend(key.revoked_at.map(|end| ("revoked_at".to_owned(), rfc3339(end).into())));
    shown
}

/// Lists the keys, without their secrets.
///
/// # Errors
/// 400, 401, 403.
pub async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let (credentials, now) = (Credentials::of(&request)?, state.clock.now());
    let mut params = Params::of(&request);
    let limit = params.limit();
    let context = context(&request);
    let after = params.one("cursor").and_then(|cursor| {
        let after = state.sealer.open(&context, &cursor);
        params.keep(after.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
    });
    params.finish()?;
    let sealer = state.sealer.clone();
    let read = move |tx: &mut crate::db::Conn| {
        credentials.admin(tx, now)?;
        let mut keys = store::page(tx, after.as_deref(), limit + 1)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = keys.len() > most;
        keys.truncate(most);
        let next = keys.last().filter(|_| more).map(|last| {
            let (cursor, join) =
                (sealer.seal(&context, &last.id), if context.contains('?') { '&' } else { '?' });
            format!("{context}{join}limit={limit}&cursor={cursor}")
        });
        let mut page = Map::from_iter([("limit".to_owned(), limit.into())]);
        page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
        let items: Vec<Map<String, Value>> = keys.iter().map(shown).collect();
        Ok((json!({"items": items, "page": page}).to_string(), next))
    };
    let (body, next) = state.db.primary().read(read).await?;
    let mut reply =
        replies::json(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body);
    if let Some(next) = next {
        replies::link(&mut reply, &next, "next");
    }
    Ok(reply)
}

/// Makes a key; its text is in this answer and nowhere else.
///
/// # Errors
/// 401, 403, 422.
pub async fn create(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let (credentials, now) = (Credentials::of(&request)?, state.clock.now());
    Params::of(&request).finish()?;
    must_be_admin(&credentials.look_up(&state).await?)?;
    let (_, body) = body::read(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let drawn = new_key(body).and_then(|new| {
        new.draw(now).map_err(|reason| vec![Fault::at("", Code::InvalidKey, vec![("reason", reason)])].into())
    });
    let make = move |tx: &mut crate::db::Conn, admin: &Key| {
        must_be_admin(admin)?;
        let (key, text) = drawn.clone().map_err(Problem::invalid)?;
        store::insert(tx, &key)?;
        let mut body = shown(&key);
        // Of the key's text only a hash is kept.
        let kept = Value::Object(body.clone()).to_string();
        body.insert("key".into(), text.into());
        let reply = Reply::json(StatusCode::CREATED.as_u16(), Value::Object(body).to_string())
            .header("location", format!("/v1/keys/{}", key.id))
            .header("cache-control", "no-store");
        Ok(Reply { kept: Some(kept), ..reply })
    };
    once(&request, &state, (credentials, now), &sent, make).await
}

fn new_key(body: Value) -> std::result::Result<NewKey, Faults> {
    let mut faults = Faults::default();
    let read = KeyInput::read(Some(body), &At::Root, &mut faults);
    let Some(input) = read else { return Err(faults) };
    let mut fault = |pointer: String, reason: String| {
        faults.add(Fault::at(pointer, Code::InvalidKey, vec![("reason", reason)]));
    };
    let mut scopes = Vec::new();
    for (index, scope) in input.scopes.iter().enumerate() {
        match scope.parse() {
            Ok(scope) => scopes.push(scope),
            Err(reason) => fault(format!("/scopes/{index}"), reason),
        }
    }
    let ends = input.expires.as_deref().map(lifetime).transpose();
    let ends = ends.map_err(|reason| fault("/expires".into(), reason)).ok().flatten();
    let new =
        NewKey { name: input.name, origin: input.origin, scopes, schemes: input.schemes, lifetime: ends };
    if faults.is_empty() { Ok(new) } else { Err(faults) }
}

/// Revokes a key at once.
///
/// # Errors
/// 401, 403; 404 when there is no such key in force.
pub async fn revoke(request: HttpRequest, state: Data<State>, id: Path<String>) -> Result<HttpResponse> {
    let (credentials, now, id) = (Credentials::of(&request)?, state.clock.now(), id.into_inner());
    Params::of(&request).finish()?;
    let write = move |tx: &mut crate::db::Conn| {
        credentials.admin(tx, now)?;
        if store::revoke(tx, &id, now)? {
            Ok(())
        } else {
            Err(Problem::new(Code::NoSuchRecord).fact("id", &id).into())
        }
    };
    state.db.write(write).await?;
    state.keys.clear();
    Ok(HttpResponse::NoContent().finish())
}
