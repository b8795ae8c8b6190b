//! `/v1/keys`: the keys, for administrators.

use super::answers::StoredResponse;
use super::keys::{ApiKey, NewApiKey, Scope, parse_lifetime};
use super::store;
use crate::clock::rfc3339;
use crate::error::{ErrorCode, Fault, FaultList, Problem, Result};
use crate::http::AppState;
use crate::http::auth::{Credentials, require_admin};
use crate::http::body::{self, JSON};
use crate::http::once::run_idempotent;
use crate::http::params::QueryParams;
use crate::http::replies;
use crate::registry::collection::cursor_context;
use crate::vocabulary::{BodyField, BodyPath};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

crate::body_struct! {
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

fn key_json(key: &ApiKey) -> Map<String, Value> {
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
pub async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (credentials, now) = (Credentials::from_request(&request)?, state.clock.now());
    let mut params = QueryParams::from_request(&request);
    let limit = params.page_limit();
    let context = cursor_context(&request);
    let after = params.single("cursor").and_then(|cursor| {
        let after = state.cursor_signer.verify(&context, &cursor);
        params.accept(after.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let sealer = state.cursor_signer.clone();
    let read = move |tx: &mut crate::db::Conn| {
        credentials.verify_admin(tx, now)?;
        let mut keys = store::page(tx, after.as_deref(), limit + 1)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = keys.len() > most;
        keys.truncate(most);
        let next = keys.last().filter(|_| more).map(|last| {
            let (cursor, join) =
                (sealer.sign(&context, &last.id), if context.contains('?') { '&' } else { '?' });
            format!("{context}{join}limit={limit}&cursor={cursor}")
        });
        let mut page = Map::from_iter([("limit".to_owned(), limit.into())]);
        page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
        let items: Vec<Map<String, Value>> = keys.iter().map(key_json).collect();
        Ok((json!({"items": items, "page": page}).to_string(), next))
    };
    let (body, next) = state.db.primary().read(read).await?;
    let mut reply =
        replies::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body);
    if let Some(next) = next {
        replies::add_link(&mut reply, &next, "next");
    }
    Ok(reply)
}

/// Makes a key; its text is in this answer and nowhere else.
///
/// # Errors
/// 401, 403, 422.
pub async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let (credentials, now) = (Credentials::from_request(&request)?, state.clock.now());
    QueryParams::from_request(&request).finish()?;
    require_admin(&credentials.find_key(&state).await?)?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let drawn = parse_new_key(body).and_then(|new| {
        new.generate(now).map_err(|reason| {
            vec![Fault::at_pointer("", ErrorCode::InvalidKey, vec![("reason", reason)])].into()
        })
    });
    let make = move |tx: &mut crate::db::Conn, admin: &ApiKey| {
        require_admin(admin)?;
        let (key, text) = drawn.clone().map_err(Problem::invalid)?;
        store::insert(tx, &key)?;
        let mut body = key_json(&key);
        // Of the key's text only a hash is kept.
        let kept = Value::Object(body.clone()).to_string();
        body.insert("key".into(), text.into());
        let reply = StoredResponse::json(StatusCode::CREATED.as_u16(), Value::Object(body).to_string())
            .with_header("location", format!("/v1/keys/{}", key.id))
            .with_header("cache-control", "no-store");
        Ok(StoredResponse { stored_body: Some(kept), ..reply })
    };
    run_idempotent(&request, &state, (credentials, now), &sent, make).await
}

fn parse_new_key(body: Value) -> std::result::Result<NewApiKey, FaultList> {
    let mut faults = FaultList::default();
    let read = KeyInput::read(Some(body), &BodyPath::Root, &mut faults);
    let Some(input) = read else { return Err(faults) };
    let mut fault = |pointer: String, reason: String| {
        faults.add(Fault::at_pointer(pointer, ErrorCode::InvalidKey, vec![("reason", reason)]));
    };
    let mut scopes = Vec::new();
    for (index, scope) in input.scopes.iter().enumerate() {
        match scope.parse() {
            Ok(scope) => scopes.push(scope),
            Err(reason) => fault(format!("/scopes/{index}"), reason),
        }
    }
    let ends = input.expires.as_deref().map(parse_lifetime).transpose();
    let ends = ends.map_err(|reason| fault("/expires".into(), reason)).ok().flatten();
    let new =
        NewApiKey { name: input.name, origin: input.origin, scopes, schemes: input.schemes, lifetime: ends };
    if faults.is_empty() { Ok(new) } else { Err(faults) }
}

/// Revokes a key at once.
///
/// # Errors
/// 401, 403; 404 when there is no such key in force.
pub async fn revoke(request: HttpRequest, state: Data<AppState>, id: Path<String>) -> Result<HttpResponse> {
    let (credentials, now, id) = (Credentials::from_request(&request)?, state.clock.now(), id.into_inner());
    QueryParams::from_request(&request).finish()?;
    let write = move |tx: &mut crate::db::Conn| {
        credentials.verify_admin(tx, now)?;
        if store::revoke(tx, &id, now)? {
            Ok(())
        } else {
            Err(Problem::new(ErrorCode::NoSuchRecord).with_arg("id", &id).into())
        }
    };
    state.db.write(write).await?;
    state.key_cache.clear();
    Ok(HttpResponse::NoContent().finish())
}
