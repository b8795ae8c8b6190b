//! Handlers of a record's history: list, get, diff and restore versions; merge two records.

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

/// `GET /{id}/versions`: the versions, newest first.
pub(super) async fn list_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (kind, context) = (collection_kind(&request)?, pagination::cursor_context(&request));
    let mut params = QueryParams::from_request(&request);
    let limit = params.page_limit();
    let before = params.single("cursor").and_then(|cursor| {
        let version = state.cursor_signer.verify(&context, &cursor).and_then(|version| version.parse().ok());
        params.accept(version.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let key = path::record_key(&request)?;
    let page = state.db.read(move |tx| history::list_versions(tx, kind, &key, before, limit)).await?;
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

/// Returns a version as an item of the list.
fn version_item(kind: Kind, id: Id, version: &Version) -> Result<Value> {
    let mut item = version.to_members(kind.as_str(), id)?;
    item.insert("href".into(), format!("/v1/{}/{id}/versions/{}", kind.path(), version.version).into());
    Ok(item.into())
}

/// Parses the number of the version in the path.
fn version_number(request: &HttpRequest) -> Result<i64> {
    let text = request.match_info().get("n").unwrap_or_default();
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::new(ErrorCode::NoSuchVersion).with_arg("version", text))
}

/// `GET /{id}/versions/{n}`: the record as it was in a version.
pub(super) async fn get_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, version_number(&request)?, state.clock.clone());
    let key = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(Value::Object(history::read_version(tx, kind, &key, number, &clock)?).to_string())
    };
    let body = state.db.read(read).await?;
    Ok(responses::json_with_etag(&responses::record_etag(number, &body), body))
}

/// `GET /{id}/versions/{n}/diff`: the changes from version `from`, by default the one before, as JSON Patch
/// (RFC 6902).
pub(super) async fn diff_versions(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let number = version_number(&request);
    let from = params.integer("from", 0..=i64::MAX, number.as_ref().map_or(0, |number| number - 1));
    params.finish()?;
    let (kind, number, clock) = (collection_kind(&request)?, number?, state.clock.clone());
    let key = path::record_key(&request)?;
    let read = move |tx: &mut Conn| {
        Ok(json!(history::diff_versions(tx, kind, &key, from, number, &clock)?).to_string())
    };
    let body = state.db.read_long(read).await?;
    let mut response = responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON_PATCH));
    Ok(response)
}

/// `POST /{id}/versions/{n}/restore`: writes the content of a version again, as a new version.
pub(super) async fn restore_version(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let write_request =
        WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (key, number) = (path::record_key(&request)?, version_number(&request)?);
    write_request
        .write(&request, &state, "", move |tx, author, write_request| {
            restore::restore(
                tx,
                author,
                write_request.kind,
                &key,
                number,
                &write_request.precondition,
                write_request.today,
            )
        })
        .await
}

/// `POST /{id}/merge-into/{other}`: merges this record into another.
pub(super) async fn merge_records(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let write_request =
        WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let other = RecordKey::parse(request.match_info().get("other").unwrap_or_default())?;
    let key = path::record_key(&request)?;
    // Authorities are shared by all partners, so only an administrator merges two of them.
    let needs_admin = write_request.kind == Kind::Authority;
    if needs_admin {
        write_request.require_admin(&state).await?;
    }
    write_request
        .write(&request, &state, "", move |tx, author, write_request| {
            if needs_admin && !author.is_admin {
                return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
            }
            merge::merge(
                tx,
                author,
                write_request.kind,
                &key,
                &other,
                &write_request.precondition,
                write_request.today,
            )
        })
        .await
}
