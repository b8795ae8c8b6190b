//! POST, PUT, PATCH and DELETE of a record.

use super::path;
use super::write_request::{WriteRequest, mark_dry_run, read_base_version};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::error::TxError;
use crate::db::types;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::json_patch::patch::JsonPatch;
use crate::http::body::{self, JSON, JSON_PATCH, MERGE_PATCH};
use crate::http::query_params::QueryParams;
use crate::records::input::RecordInput;
use crate::records::record_key::RecordKey;
use crate::records::write::outcome::WriteOutcome;
use crate::records::write::patch::RecordPatch;
use crate::records::write::target::WriteTarget;
use crate::records::write::unchanged::NoOpCheck;
use crate::records::write::{self, create_or_replace, erase, three_way_merge};
use crate::store::{changes, conflicts};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use std::sync::Arc;

/// `POST /v1/{collection}`: creates a record.
pub(super) async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let write_request =
        WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let body_text = body.to_string();
    let input = RecordInput::read(write_request.kind, without_id(body), None);
    let id = types::new_record_id();
    write_request
        .write(&request, &state, &body_text, move |tx, author, write_request| {
            let input = input.clone().map_err(Problem::invalid)?;
            create_or_replace::write(
                tx,
                author,
                write_request.kind,
                &WriteTarget::Create(id),
                input,
                &write_request.precondition,
                write_request.today,
            )
        })
        .await
}

/// Removes the `id` of a body: a new record gets its own, and the one that a copied record brings along is
/// ignored.
fn without_id(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("id");
    }
    body
}

/// `PUT /v1/{collection}/{id}`: creates or replaces a record; with `base_version`, by three-way merge.
pub(super) async fn put(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base_version = read_base_version(&mut params);
    let write_request =
        WriteRequest::from_request(&request, &state, params).await?.with_base_version(base_version);
    let key = path::record_key(&request)?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let (id, body_text) = (types::new_record_id(), body.to_string());
    let given_id = body.get("id").and_then(Value::as_str).map(str::to_owned);
    let expected = if let RecordKey::Id(id) = &key { Some(id.to_string()) } else { given_id.clone() };
    let input = RecordInput::read_replacement(write_request.kind, body, expected.as_deref());
    if let (None, Ok(input_copy)) = (base_version, &input) {
        let (input_copy, given_id) = (input_copy.clone(), given_id.clone());
        let find_unchanged = move |tx: &mut Conn, check: NoOpCheck<'_>| {
            let written = check.check_replacement(tx, &input_copy)?;
            Ok(written.filter(|written| given_id.is_none_or(|given_id| is_same_id(&given_id, written))))
        };
        if let Some(response) =
            write_request.try_unchanged(&request, &state, &body_text, find_unchanged).await?
        {
            return Ok(response);
        }
    }
    write_request
        .write(&request, &state, &body_text, move |tx, author, write_request| {
            let mut input = input.clone().map_err(Problem::invalid)?;
            if let Some(version) = base_version {
                let base = (version, true);
                input = three_way_merge::merge_onto_current(
                    tx,
                    &author.provenance,
                    write_request.kind,
                    &key,
                    base,
                    input,
                    write_request.today,
                )?;
            }
            let target = WriteTarget::Replace(key.clone(), id);
            let written = create_or_replace::write(
                tx,
                author,
                write_request.kind,
                &target,
                input,
                &write_request.precondition,
                write_request.today,
            )?;
            match &given_id {
                Some(given_id) if !written.created && !is_same_id(given_id, &written) => {
                    let args = vec![("expected", written.id.to_string())];
                    Err(Problem::invalid(vec![Fault::at_pointer("/id", ErrorCode::Mismatch, args)]).into())
                }
                _ => Ok(written),
            }
        })
        .await
}

/// Whether the id in the body is that of the record written.
fn is_same_id(given_id: &str, written: &WriteOutcome) -> bool {
    given_id.eq_ignore_ascii_case(&written.id.to_string())
}

/// `PATCH /v1/{collection}/{id}`: JSON Merge Patch (RFC 7396) or JSON Patch (RFC 6902).
pub(super) async fn patch(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base_version = read_base_version(&mut params);
    let write_request =
        WriteRequest::from_request(&request, &state, params).await?.with_base_version(base_version);
    let key = path::record_key(&request)?;
    let (media_type, body) = body::read_json(&request, payload, &[MERGE_PATCH, JSON, JSON_PATCH]).await?;
    let body_text = body.to_string();
    let patch = Arc::new(match media_type {
        JSON_PATCH => RecordPatch::JsonPatch(JsonPatch::read(body)?),
        _ => RecordPatch::MergePatch(body),
    });
    if base_version.is_none() {
        let patch_copy = patch.clone();
        let find_unchanged = move |tx: &mut Conn, check: NoOpCheck<'_>| check.check_patch(tx, &patch_copy);
        if let Some(response) =
            write_request.try_unchanged(&request, &state, &body_text, find_unchanged).await?
        {
            return Ok(response);
        }
    }
    write_request
        .write(&request, &state, &body_text, move |tx, author, write_request| {
            write::patch::patch(
                tx,
                author,
                write_request.kind,
                &key,
                &patch,
                &write_request.precondition,
                base_version,
                &write_request.clock,
            )
        })
        .await
}

/// `DELETE /v1/{collection}/{id}`; with `erase`, the content of every version is removed as well.
pub(super) async fn delete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let erase = params.flag("erase");
    let write_request = WriteRequest::from_request(&request, &state, params).await?;
    let key = path::record_key(&request)?;
    let (conflicts, is_dry_run) = (write_request.conflict_log(&state), write_request.is_dry_run());
    let run = move |tx: &mut Conn| {
        let (api_key, author) = write_request.verify_author(tx)?;
        let delete = if erase { erase::erase } else { write::delete::delete };
        let change = delete(tx, &author, write_request.kind, &key, &write_request.precondition)?;
        Ok::<_, TxError>((api_key, author, change))
    };
    if is_dry_run {
        state.db.write_exclusive(move |tx| Ok((run(tx).map(drop)?, false))).await?;
        return Ok(mark_dry_run(HttpResponse::NoContent().finish()));
    }
    let deleted = state.db.write(move |tx| {
        let (api_key, author, change) = run(tx)?;
        conflicts::clear_conflict(tx, &api_key.id, change.id)?;
        changes::append_changes(tx, &author.provenance, &[change])
    });
    conflicts.record(deleted.await).await?;
    if erase {
        state.db.purge_deleted().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
