//! The handlers of a record's history: its versions, what differs between them, restoring one, merging two records.

use super::path::{self, collection_kind};
use super::write_request::WriteRequest;
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::http::body::JSON_PATCH;
use crate::http::query_params::QueryParams;
use crate::http::{pagination, responses};
use crate::records::read::history;
use crate::records::record_key::RecordKey;
use crate::records::write::{merge, restore};
use crate::store::versions::Version;
use crate::util::hash;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

pub(super) async fn list_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, context) = (collection_kind(&request)?, pagination::cursor_context(&request));
    let mut params = QueryParams::from_request(&request);
    let limit = params.page_limit();
    let before = params.single("cursor").and_then(|cursor| {
        let version = state.cursor_signer.verify(&context, &cursor).and_then(|version| version.parse().ok());
        params.accept(version.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let name = path::record_key(&request)?;
    let page = state.db.read(move |tx| history::list_versions(tx, kind, &name, before, limit)).await?;
    let last = page.versions.last().filter(|_| page.has_more);
    let next = last.map(|last| {
        let cursor = state.cursor_signer.sign(&context, &last.version.to_string());
        let join = if context.contains('?') { '&' } else { '?' };
        format!("{context}{join}limit={limit}&cursor={cursor}")
    });
    let items =
        page.versions.iter().map(|version| version_item(kind, page.id, version)).collect::<Result<_>>()?;
    Ok(pagination::page_response(items, limit, next, None))
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

pub(super) async fn get_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, version_number(&request)?, state.clock.clone());
    let name = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(Value::Object(history::read_version(tx, kind, &name, number, &clock)?).to_string())
    };
    let body = state.db.read(read).await?;
    Ok(responses::json_with_etag(&responses::record_etag(number, &body), body))
}

pub(super) async fn diff_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let number = version_number(&request);
    let from = params.integer("from", 0..=i64::MAX, number.as_ref().map_or(0, |number| number - 1));
    params.finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, number?, state.clock.clone());
    let name = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(json!(history::diff_versions(tx, kind, &name, from, number, &clock)?).to_string())
    };
    let body = state.db.read_long(read).await?;
    let mut reply = responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body);
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_PATCH));
    Ok(reply)
}

pub(super) async fn restore_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (name, number) = (path::record_key(&request)?, version_number(&request)?);
    call.write(&request, &state, "", move |tx, author, call| {
        restore::restore(tx, author, call.kind, &name, number, &call.precondition, call.today)
    })
    .await
}

pub(super) async fn merge_records(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let other = RecordKey::parse(request.match_info().get("other").unwrap_or_default())?;
    let name = path::record_key(&request)?;
    // What is merged is the same for every partner: that two authorities are one is not for one of them to say.
    let is_admins = call.kind == Kind::Authority;
    if is_admins {
        call.require_admin(&state).await?;
    }
    call.write(&request, &state, "", move |tx, author, call| {
        if is_admins && !author.is_admin {
            return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
        }
        merge::merge(tx, author, call.kind, &name, &other, &call.precondition, call.today)
    })
    .await
}
