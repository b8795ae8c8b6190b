//! The handlers that every kind has alike.

use super::path;
use super::write_request::{self, WriteRequest, mark_dry_run};
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
use crate::records::write::patch::RecordPatch;
use crate::records::write::save::WriteOutcome;
use crate::records::write::target::WriteTarget;
use crate::records::write::unchanged::NoOpCheck;
use crate::records::write::{self, create_or_replace, erase, three_way_merge};
use crate::store::{changes, conflicts};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use std::sync::Arc;

pub(super) async fn create(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let call = WriteRequest::from_request(&request, &state, QueryParams::from_request(&request)).await?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let sent = body.to_string();
    let draft = RecordInput::read(call.kind, without_id(body), None);
    let id = types::new_record_id();
    call.write(&request, &state, &sent, move |tx, author, call| {
        let draft = draft.clone().map_err(Problem::invalid)?;
        create_or_replace::write(
            tx,
            author,
            call.kind,
            &WriteTarget::Create(id),
            draft,
            &call.precondition,
            call.today,
        )
    })
    .await
}

/// A new record has no id yet: one that a copied record brings along is read-only.
fn without_id(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.shift_remove("id");
    }
    body
}

pub(super) async fn put(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base = write_request::read_base_version(&mut params);
    let call = WriteRequest::from_request(&request, &state, params).await?.with_base_version(base);
    let name = path::record_key(&request)?;
    let (_, body) = body::read_json(&request, payload, &[JSON]).await?;
    let (id, sent) = (types::new_record_id(), body.to_string());
    let given = body.get("id").and_then(Value::as_str).map(str::to_owned);
    let expected = if let RecordKey::Id(id) = &name { Some(id.to_string()) } else { given.clone() };
    let draft = RecordInput::read_replacement(call.kind, body, expected.as_deref());
    if let (None, Ok(same)) = (base, &draft) {
        let (same, given) = (same.clone(), given.clone());
        let find_unchanged = move |tx: &mut Conn, idle: NoOpCheck<'_>| {
            let written = idle.check_replacement(tx, &same)?;
            Ok(written.filter(|written| given.is_none_or(|given| is_same_id(&given, written))))
        };
        if let Some(reply) = call.try_unchanged(&request, &state, &sent, find_unchanged).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        let mut draft = draft.clone().map_err(Problem::invalid)?;
        if let Some(version) = base {
            let base = (version, true);
            draft = three_way_merge::merge_onto_current(
                tx,
                &author.provenance,
                call.kind,
                &name,
                base,
                draft,
                call.today,
            )?;
        }
        let goal = WriteTarget::Replace(name.clone(), id);
        let written =
            create_or_replace::write(tx, author, call.kind, &goal, draft, &call.precondition, call.today)?;
        match &given {
            Some(given) if !written.created && !is_same_id(given, &written) => {
                let facts = vec![("expected", written.id.to_string())];
                Err(Problem::invalid(vec![Fault::at_pointer("/id", ErrorCode::Mismatch, facts)]).into())
            }
            _ => Ok(written),
        }
    })
    .await
}

/// Whether an id in a body is that of the record written.
fn is_same_id(given: &str, written: &WriteOutcome) -> bool {
    given.eq_ignore_ascii_case(&written.id.to_string())
}

pub(super) async fn patch(
    request: HttpRequest,
    state: Data<AppState>,
    payload: Payload,
) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let base = write_request::read_base_version(&mut params);
    let call = WriteRequest::from_request(&request, &state, params).await?.with_base_version(base);
    let name = path::record_key(&request)?;
    let (media, body) = body::read_json(&request, payload, &[MERGE_PATCH, JSON, JSON_PATCH]).await?;
    let sent = body.to_string();
    let patch = Arc::new(match media {
        JSON_PATCH => RecordPatch::JsonPatch(JsonPatch::read(body)?),
        _ => RecordPatch::MergePatch(body),
    });
    if base.is_none() {
        let same = patch.clone();
        let find_unchanged = move |tx: &mut Conn, idle: NoOpCheck<'_>| idle.check_patch(tx, &same);
        if let Some(reply) = call.try_unchanged(&request, &state, &sent, find_unchanged).await? {
            return Ok(reply);
        }
    }
    call.write(&request, &state, &sent, move |tx, author, call| {
        write::patch::patch(tx, author, call.kind, &name, &patch, &call.precondition, base, &call.clock)
    })
    .await
}

pub(super) async fn delete(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let erase = params.flag("erase");
    let call = WriteRequest::from_request(&request, &state, params).await?;
    let name = path::record_key(&request)?;
    let (conflicts, is_dry_run) = (call.conflict_log(&state), call.is_dry_run());
    let work = move |tx: &mut Conn| {
        let (key, author) = call.verify_author(tx)?;
        let delete = if erase { erase::erase } else { write::delete::delete };
        let change = delete(tx, &author, call.kind, &name, &call.precondition)?;
        Ok::<_, TxError>((key, author, change))
    };
    if is_dry_run {
        state.db.write_exclusive(move |tx| Ok((work(tx).map(drop)?, false))).await?;
        return Ok(mark_dry_run(HttpResponse::NoContent().finish()));
    }
    let deleted = state.db.write(move |tx| {
        let (key, author, change) = work(tx)?;
        conflicts::clear_conflict(tx, &key.id, change.id)?;
        changes::append_changes(tx, &author.provenance, &[change])
    });
    conflicts.record(deleted.await).await?;
    if erase {
        state.db.purge_deleted().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
