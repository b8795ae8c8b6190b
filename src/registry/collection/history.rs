//! The handlers of a record's history: its versions, what differs between them, restoring one, merging two records.

use super::call::Call;
use super::handlers::kind;
use super::query;
use super::{Collection, reading, resource};
use crate::db::Conn;
use crate::db::types::Id;
use crate::error::{Code, Fault, Problem, Result};
use crate::http::body::JSON_PATCH;
use crate::http::params::Params;
use crate::http::{State, replies};
use crate::registry::engine::{self, Name};
use crate::registry::store::Version;
use crate::vocabulary::Kind;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, Scope};
use serde_json::{Value, json};

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const DO: &[Method] = &[Method::POST, Method::OPTIONS];

/// The scope of a collection, with the routes below `/{id}`.
pub(super) fn below(collection: Collection, scope: Scope) -> Scope {
    let one = |rest: &str, methods| resource(&format!("/{{id}}{rest}"), methods).app_data(collection);
    scope
        .service(one("/versions", READ).route(reading().to(list)))
        .service(one("/versions/{n}", READ).route(reading().to(version)))
        .service(one("/versions/{n}/diff", READ).route(reading().to(diff)))
        .service(one("/versions/{n}/restore", DO).route(web::post().to(restore)))
        .service(one("/merge-into/{other}", DO).route(web::post().to(merge)))
}

async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let (kind, context) = (kind(&request)?, query::context(&request));
    let mut params = Params::of(&request);
    let limit = params.limit();
    let before = params.one("cursor").and_then(|cursor| {
        let version = state.sealer.open(&context, &cursor).and_then(|version| version.parse().ok());
        params.keep(version.ok_or_else(|| Fault::parameter("cursor", Code::InvalidCursor, vec![])))
    });
    params.finish()?;
    let name = query::name(&request)?;
    let page = state.db.read(move |tx| engine::versions(tx, kind, &name, before, limit)).await?;
    let last = page.versions.last().filter(|_| page.more);
    let next = last.map(|last| {
        let cursor = state.sealer.seal(&context, &last.version.to_string());
        let join = if context.contains('?') { '&' } else { '?' };
        format!("{context}{join}limit={limit}&cursor={cursor}")
    });
    let items = page.versions.iter().map(|version| item(kind, page.id, version)).collect::<Result<_>>()?;
    Ok(query::page(items, limit, next, None))
}

/// A version as listed.
fn item(kind: Kind, id: Id, version: &Version) -> Result<Value> {
    let mut item = version.members(kind.as_str(), id)?;
    item.insert("href".into(), format!("/v1/{}/{id}/versions/{}", kind.path(), version.version).into());
    Ok(item.into())
}

/// The number of the version in the path.
fn number(request: &HttpRequest) -> Result<i64> {
    let text = request.match_info().get("n").unwrap_or_default();
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::new(Code::NoSuchVersion).fact("version", text))
}

async fn version(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let (kind, number, clock) = (kind(&request)?, number(&request)?, state.clock.clone());
    let name = query::name(&request)?;
    let read =
        move |tx: &mut Conn| Ok(Value::Object(engine::version(tx, kind, &name, number, &clock)?).to_string());
    let body = state.db.read(read).await?;
    Ok(replies::cacheable(&replies::etag(number, &body), body))
}

async fn diff(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let number = number(&request);
    let from = params.whole("from", 0..=i64::MAX, number.as_ref().map_or(0, |number| number - 1));
    params.finish()?;
    let (kind, number, clock) = (kind(&request)?, number?, state.clock.clone());
    let name = query::name(&request)?;
    let read =
        move |tx: &mut Conn| Ok(json!(engine::diff(tx, kind, &name, from, number, &clock)?).to_string());
    let body = state.db.read_long(read).await?;
    let mut reply = replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_PATCH));
    Ok(reply)
}

async fn restore(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::read(&request, &state, Params::of(&request)).await?;
    let (name, number) = (query::name(&request)?, number(&request)?);
    call.write(&request, &state, "", move |tx, author, call| {
        engine::restore(tx, author, call.kind, &name, number, &call.precondition, call.today)
    })
    .await
}

async fn merge(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let call = Call::read(&request, &state, Params::of(&request)).await?;
    let other = Name::parse(request.match_info().get("other").unwrap_or_default())?;
    let name = query::name(&request)?;
    // What is merged is the same for every partner: that two authorities are one is not for one of them to say.
    let is_admins = call.kind == Kind::Authority;
    if is_admins {
        call.must_be_admin(&state).await?;
    }
    call.write(&request, &state, "", move |tx, author, call| {
        if is_admins && !author.admin {
            return Err(Problem::new(Code::Forbidden).fact("scope", "admin").into());
        }
        engine::merge(tx, author, call.kind, &name, &other, &call.precondition, call.today)
    })
    .await
}

/// Leads to the record that another was merged into; only until that is restored, so nobody keeps the answer.
pub(super) fn moved(request: &HttpRequest, kind: Kind, heir: Id) -> HttpResponse {
    let join = if request.query_string().is_empty() { "" } else { "?" };
    let location = format!("/v1/{}/{heir}{join}{}", kind.path(), request.query_string());
    let mut reply = HttpResponse::MovedPermanently();
    if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
        reply.insert_header((header::LOCATION, location));
    }
    reply.insert_header((header::CACHE_CONTROL, "no-cache")).finish()
}
