//! `POST /v1/import`: a body taken in as it arrives, and the answer, whole or as server-sent events.

use super::report_stream::{
    collect_json_report, format_event, keep_alive_whitespace, progress_json, send_json_report,
    send_report_events, stream_with_progress,
};
use super::request_body::{parse_body_format, read_body};
use crate::api::state::AppState;
use crate::auth::credentials::Credentials;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::language::Language;
use crate::http::idempotency::replay::IdempotentRequest;
use crate::http::idempotency::request::{begin_idempotent, request_parts, to_response};
use crate::http::idempotency::store::StoredResponse;
use crate::http::list_header::{elements, field_lines, split_weight};
use crate::http::query_params::QueryParams;
use crate::http::request_id::RequestId;
use crate::http::{change_comment, problems, responses};
use crate::transfer::import::importer::{Importer, KeyHolder};
use crate::transfer::import::job::ImportJob;
use crate::transfer::import::options::{ImportMode, ImportOptions};
use crate::transfer::import::report::{ImportCounts, ImportReport};
use crate::transfer::import::run::{ProgressFn, run_import};
use crate::transfer::import::spool::temp_file_problem;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use std::sync::Arc;

/// Imports records.
///
/// # Errors
/// 400, 401, 403, 408, 413, 415 before anything is written; 422 when one rejection undid all; 503.
pub async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let credentials = Credentials::from_request(&request)?;
    let (options, force) = parse_options(&request)?;
    let comment = change_comment::from_request(&request)?;
    let (form, gzip) = parse_body_format(&request)?;
    let (once, _flight) = begin_idempotent(&request, &state, &credentials)?;
    let key = credentials.find_key(&state).await?;
    let place = state.concurrency.imports.acquire(key.id.clone())?;
    if !key.may_write_any() {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "write"));
    }
    if force && !key.may_override() {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override"));
    }
    let language = problems::response_language(&request);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let caller = KeyHolder { credentials: credentials.clone(), force, comment };
    let (clock, importer) = (state.clock.clone(), Importer::KeyHolder(caller));
    let job = read_body(
        payload,
        form,
        gzip,
        ImportReport::new(language, &id).map_err(temp_file_problem)?,
        move |taken| ImportJob::new(taken, options, importer, clock),
    );
    let job = Arc::new(job.await?.with_permit(place));
    if once.has_idempotency_key() {
        let once = once.with_fingerprint(&request_parts(&request, job.digest()));
        return answer_idempotent(&state, once, credentials, &job, language).await;
    }
    let (db, running) = (state.db.clone(), job.clone());
    if accepts_event_stream(&request) {
        let body = stream_with_progress(
            |counts| format_event("progress", &progress_json(counts)),
            |watch, send| async move {
                let done = run_import(&db, &running, &watch).await;
                let done = if done.is_ok() { send_report_events(&running, &send).await } else { done };
                if let Err(problem) = done {
                    let _ = send.send(format_event("problem", &problem.to_json(language, &id))).await;
                }
            },
        );
        return Ok(build_response(StatusCode::OK, "text/event-stream", language).streaming(body));
    }
    let body = if options.atomic || options.dry_run {
        let watch: ProgressFn = Arc::new(|_: &ImportCounts| true);
        run_import(&state.db, &job, &watch).await?;
        job.accepted_summary()?;
        stream_with_progress(keep_alive_whitespace, |_, send| async move {
            send_json_report(&running, &send, Ok(())).await
        })
    } else {
        stream_with_progress(keep_alive_whitespace, |watch, send| async move {
            let done = run_import(&db, &running, &watch).await;
            send_json_report(&running, &send, done).await;
        })
    };
    Ok(build_response(StatusCode::MULTI_STATUS, "application/json", language).streaming(body))
}

/// Imports, unless it was done before; the answer is kept once the import has ended.
async fn answer_idempotent(
    state: &AppState,
    once: IdempotentRequest,
    credentials: Credentials,
    job: &Arc<ImportJob>,
    language: Language,
) -> Result<HttpResponse> {
    let (before, key, now) = (once.clone(), credentials.key_id().to_owned(), state.clock.now());
    let asked = key.clone();
    if let Some(reply) = state.db.write(move |tx| before.replay(tx, &asked, now)).await? {
        return Ok(to_response(reply));
    }
    let watch: ProgressFn = Arc::new(|_: &ImportCounts| true);
    run_import(&state.db, job, &watch).await?;
    job.accepted_summary()?;
    let body = collect_json_report(job).await?;
    let reply = StoredResponse::json(StatusCode::MULTI_STATUS.as_u16(), body)
        .with_header("content-language", language.tag())
        .with_header("vary", "Accept-Language")
        .with_header("cache-control", "no-store");
    let kept = reply.clone();
    state.db.write(move |tx| once.store(tx, &key, &kept, now)).await?;
    Ok(to_response(reply))
}

fn parse_options(request: &HttpRequest) -> Result<(ImportOptions, bool)> {
    let mut params = QueryParams::from_request(request);
    let mode = params.single("mode").map(|mode| (mode.parse::<ImportMode>(), mode));
    let mode = mode.and_then(|(read, mode)| {
        params.accept(read.map_err(|expected| Fault::invalid_parameter("mode", &mode, &expected)))
    });
    let (atomic, dry_run, force) = (params.flag("atomic"), params.flag("dry_run"), params.flag("force"));
    params.finish()?;
    Ok((ImportOptions { mode: mode.unwrap_or(ImportMode::Merge), atomic, dry_run }, force))
}

fn accepts_event_stream(request: &HttpRequest) -> bool {
    field_lines(request.headers(), &header::ACCEPT).flat_map(elements).any(|range| {
        let (media, weight) = split_weight(range);
        media.eq_ignore_ascii_case("text/event-stream") && weight != Some(0)
    })
}

fn build_response(status: StatusCode, media: &str, language: Language) -> HttpResponseBuilder {
    let mut reply = HttpResponse::build(status);
    if media == "text/event-stream" {
        responses::set_event_stream_headers(&mut reply);
    }
    reply
        .insert_header((header::CONTENT_TYPE, media))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    reply
}
