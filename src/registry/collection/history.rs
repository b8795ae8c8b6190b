//! The handlers of a record's history: its versions, what differs between them, restoring one, merging two records.

use super::call::WriteRequest;
use super::handlers::collection_kind;
use super::query;
use super::{Collection, get_or_head, resource_with_methods};
use crate::db::Conn;
use crate::db::types::Id;
use crate::error::{ErrorCode, Fault, Problem, Result};
use crate::http::body::JSON_PATCH;
use crate::http::params::QueryParams;
use crate::http::{AppState, replies};
use crate::registry::engine::{self, RecordKey};
use crate::registry::store::Version;
use crate::vocabulary::Kind;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse, Scope};
use serde_json::{Value, json};

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const ACTION_METHODS: &[Method] = &[Method::POST, Method::OPTIONS];

/// The scope of a collection, with the routes below `/{id}`.
pub(super) fn history_routes(collection: Collection, scope: Scope) -> Scope {
    let one =
        |rest: &str, methods| resource_with_methods(&format!("/{{id}}{rest}"), methods).app_data(collection);
    scope
        .service(one("/versions", READ_METHODS).route(get_or_head().to(list_versions)))
        .service(one("/versions/{n}", READ_METHODS).route(get_or_head().to(get_version)))
        .service(one("/versions/{n}/diff", READ_METHODS).route(get_or_head().to(diff_versions)))
        .service(one("/versions/{n}/restore", ACTION_METHODS).route(web::post().to(restore_version)))
        .service(one("/merge-into/{other}", ACTION_METHODS).route(web::post().to(merge_records)))
}

async fn list_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, context) = (collection_kind(&request)?, query::cursor_context(&request));
    let mut params = QueryParams::from_request(&request);
    let limit = params.page_limit();
    let before = params.single("cursor").and_then(|cursor| {
        let version = state.cursor_signer.verify(&context, &cursor).and_then(|version| version.parse().ok());
        params.accept(version.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let name = query::record_key(&request)?;
    let page = state.db.read(move |tx| engine::list_versions(tx, kind, &name, before, limit)).await?;
    let last = page.versions.last().filter(|_| page.has_more);
    let next = last.map(|last| {
        let cursor = state.cursor_signer.sign(&context, &last.version.to_string());
        let join = if context.contains('?') { '&' } else { '?' };
        format!("{context}{join}limit={limit}&cursor={cursor}")
    });
    let items =
        page.versions.iter().map(|version| version_item(kind, page.id, version)).collect::<Result<_>>()?;
    Ok(query::page_response(items, limit, next, None))
}

/// A version as listed.
fn version_item(kind: Kind, id: Id, version: &Version) -> Result<Value> {
    let mut item = version.to_members(kind.as_str(), id)?;
    item.insert("href".into(), format!("/v1/{}/{id}/versions/{}", kind.path(), version.version).into());
    Ok(item.into())
}

/// The number of the version in the path.
fn version_number(request: &HttpRequest) -> Result<i64> {
    let text = request.match_info().get("n").unwrap_or_default();
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::new(ErrorCode::NoSuchVersion).with_arg("version", text))
}

async fn get_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, version_number(&request)?, state.clock.clone());
    let name = query::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(Value::Object(engine::read_version(tx, kind, &name, number, &clock)?).to_string())
    };
    let body = state.db.read(read).await?;
    Ok(replies::json_with_etag(&replies::record_etag(number, &body), body))
}

async fn diff_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let number = version_number(&request);
    let from = params.integer("from", 0..=i64::MAX, number.as_ref().map_or(0, |number| number - 1));
    params.finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, number?, state.clock.clone());
    let name = query::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(json!(engine::diff_versions(tx, kind, &name, from, number, &clock)?).to_string())
    };
    let body = state.db.read_long(read).await?;
    let mut reply = replies::json_with_etag(&format!("\"{}\"", replies::xxh3_hex(body.as_bytes())), body);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_PATCH));
    Ok(reply)
}

async fn restore_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (name, number) = (query::record_key(&request)?, version_number(&request)?);
    call.write(&request, &state, "", move |tx, author, call| {
        engine::restore(tx, author, call.kind, &name, number, &call.precondition, call.today)
    })
    .await
}

async fn merge_records(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let other = RecordKey::parse(request.match_info().get("other").unwrap_or_default())?;
    let name = query::record_key(&request)?;
    // What is merged is the same for every partner: that two authorities are one is not for one of them to say.
    let is_admins = call.kind == Kind::Authority;
    if is_admins {
        call.require_admin(&state).await?;
    }
    call.write(&request, &state, "", move |tx, author, call| {
        if is_admins && !author.is_admin {
            return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
        }
        engine::merge(tx, author, call.kind, &name, &other, &call.precondition, call.today)
    })
    .await
}

/// Leads to the record that another was merged into; only until that is restored, so nobody keeps the answer.
pub(super) fn redirect_to(request: &HttpRequest, kind: Kind, merged_into: Id) -> HttpResponse {
    let join = if request.query_string().is_empty() { "" } else { "?" };
    let location = format!("/v1/{}/{merged_into}{join}{}", kind.path(), request.query_string());
    let mut reply = HttpResponse::MovedPermanently();
    if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
        reply.insert_header((header::LOCATION, location));
    }
    reply.insert_header((header::CACHE_CONTROL, "no-cache")).finish()
}
