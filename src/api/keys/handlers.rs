//! `/v1/keys`: list, create and revoke API keys; for administrators.

use super::types::{key_json, parse_new_key};
use crate::api::state::AppState;
use crate::auth::api_key::ApiKey;
use crate::auth::credentials::require_admin;
use crate::auth::key_store;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::body::{self, JSON};
use crate::http::idempotency::request::run_idempotent;
use crate::http::idempotency::store::StoredResponse;
use crate::http::pagination::cursor_context;
use crate::http::query_params::QueryParams;
use crate::http::{bearer, responses};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

/// Lists the keys, without their secrets.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let (credentials, now) = (bearer::read_credentials(&request)?, state.clock.now());
    let mut params = QueryParams::from_request(&request);
    let limit = params.page_limit();
    let context = cursor_context(&request);
    let after = params.single("cursor").and_then(|cursor| {
        let after = state.cursor_signer.verify(&context, &cursor);
        params.accept(after.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])))
    });
    params.finish()?;
    let signer = state.cursor_signer.clone();
    let read = move |tx: &mut crate::db::conn::Conn| {
        credentials.verify_admin(tx, now)?;
        let mut keys = key_store::page(tx, after.as_deref(), limit + 1)?;
        let page_size = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = keys.len() > page_size;
        keys.truncate(page_size);
        let next = keys.last().filter(|_| has_more).map(|last| {
            let (cursor, join) =
                (signer.sign(&context, &last.id), if context.contains('?') { '&' } else { '?' });
            format!("{context}{join}limit={limit}&cursor={cursor}")
        });
        let mut page = Map::from_iter([("limit".to_owned(), limit.into())]);
        page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
        let items: Vec<Map<String, Value>> = keys.iter().map(key_json).collect();
        Ok((json!({"items": items, "page": page}).to_string(), next))
    };
    let (body, next) = state.db.primary().read(read).await?;
    let mut response =
        responses::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body);
    if let Some(next) = next {
        responses::add_link(&mut response, &next, "next");
    }
    Ok(response)
}

/// Creates a key. Its secret is in this response only; the database has a hash.
pub async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let (credentials, now) = (bearer::read_credentials(&request)?, state.clock.now());
    QueryParams::from_request(&request).finish()?;
    require_admin(&bearer::find_key(&state.http, &credentials).await?)?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let body_text = body.to_string();
    let generated = parse_new_key(body).and_then(|new_key| {
        new_key.generate(now).map_err(|reason| {
            vec![Fault::at_pointer("", ErrorCode::InvalidKey, vec![("reason", reason)])].into()
        })
    });
    let create = move |tx: &mut crate::db::conn::Conn, admin_key: &ApiKey| {
        require_admin(admin_key)?;
        let (key, secret) = generated.clone().map_err(Problem::invalid)?;
        key_store::insert(tx, &key)?;
        let mut body = key_json(&key);
        // Replays of the request answer without the secret.
        let stored_body = Value::Object(body.clone()).to_string();
        body.insert("key".into(), secret.into());
        let response = StoredResponse::json(StatusCode::CREATED.as_u16(), Value::Object(body).to_string())
            .with_header("location", format!("/v1/keys/{}", key.id))
            .with_header("cache-control", "no-store");
        Ok(StoredResponse { stored_body: Some(stored_body), ..response })
    };
    run_idempotent(&request, &state.http, (credentials, now), &body_text, create).await
}

/// Revokes a key, with immediate effect.
///
/// # Errors
/// `NoSuchRecord` when there is no such key in force.
pub async fn revoke(request: HttpRequest, state: Data<AppState>, id: Path<String>) -> Result<HttpResponse> {
    let (credentials, now, id) = (bearer::read_credentials(&request)?, state.clock.now(), id.into_inner());
    QueryParams::from_request(&request).finish()?;
    let write = move |tx: &mut crate::db::conn::Conn| {
        credentials.verify_admin(tx, now)?;
        if key_store::revoke(tx, &id, now)? {
            Ok(())
        } else {
            Err(Problem::new(ErrorCode::NoSuchRecord).with_arg("id", &id).into())
        }
    };
    state.db.write(write).await?;
    state.http.key_cache.clear();
    Ok(HttpResponse::NoContent().finish())
}
