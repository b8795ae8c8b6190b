//! Handler of `POST /v1/import`.

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
use crate::http::{bearer, change_comment, problems, responses};
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

/// Imports records. The report is JSON or server-sent events, whole or streamed while the import runs; see
/// the OpenAPI description of the operation.
///
/// # Errors
/// 400, 401, 403, 408, 413 and 415 before anything is written; 422 when a rejection rolled back an atomic
/// import; 503.
pub async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Result<HttpResponse> {
    let credentials = bearer::read_credentials(&request)?;
    let (options, force) = parse_options(&request)?;
    let comment = change_comment::from_request(&request)?;
    let (format, gzip) = parse_body_format(&request)?;
    let (idempotent, _in_flight) = begin_idempotent(&request, &state.http, &credentials)?;
    let key = bearer::find_key(&state.http, &credentials).await?;
    let permit = state.http.concurrency.imports.acquire(key.id.clone())?;
    if !key.may_write_any() {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "write"));
    }
    if force && !key.may_override() {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override"));
    }
    let language = problems::response_language(&request);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let key_holder = KeyHolder { credentials: credentials.clone(), force, comment };
    let (clock, importer) = (state.clock.clone(), Importer::KeyHolder(key_holder));
    let job = read_body(
        payload,
        format,
        gzip,
        ImportReport::new(language, &id).map_err(temp_file_problem)?,
        move |spooled| ImportJob::new(spooled, options, importer, clock),
    );
    let job = Arc::new(job.await?.with_permit(permit));
    if idempotent.has_idempotency_key() {
        let idempotent = idempotent.with_fingerprint(&request_parts(&request, job.digest()));
        return answer_idempotent(&state, idempotent, credentials, &job, language).await;
    }
    let (db, running_job) = (state.db.clone(), job.clone());
    if accepts_event_stream(&request) {
        let body = stream_with_progress(
            |counts| format_event("progress", &progress_json(counts)),
            |progress, sender| async move {
                let result = run_import(&db, &running_job, &progress).await;
                let result =
                    if result.is_ok() { send_report_events(&running_job, &sender).await } else { result };
                if let Err(problem) = result {
                    let _ = sender.send(format_event("problem", &problem.to_json(language, &id))).await;
                }
            },
        );
        return Ok(build_response(StatusCode::OK, "text/event-stream", language).streaming(body));
    }
    let body = if options.atomic || options.dry_run {
        let progress: ProgressFn = Arc::new(|_: &ImportCounts| true);
        run_import(&state.db, &job, &progress).await?;
        job.accepted_summary()?;
        stream_with_progress(keep_alive_whitespace, |_, sender| async move {
            send_json_report(&running_job, &sender, Ok(())).await;
        })
    } else {
        stream_with_progress(keep_alive_whitespace, |progress, sender| async move {
            let result = run_import(&db, &running_job, &progress).await;
            send_json_report(&running_job, &sender, result).await;
        })
    };
    Ok(build_response(StatusCode::MULTI_STATUS, "application/json", language).streaming(body))
}

/// Runs an import with an `Idempotency-Key`, or replays its response; the response is stored when the import
/// has ended.
async fn answer_idempotent(
    state: &AppState,
    idempotent: IdempotentRequest,
    credentials: Credentials,
    job: &Arc<ImportJob>,
    language: Language,
) -> Result<HttpResponse> {
    let (replay_request, key, now) = (idempotent.clone(), credentials.key_id().to_owned(), state.clock.now());
    let key_id = key.clone();
    if let Some(response) = state.db.write(move |tx| replay_request.replay(tx, &key_id, now)).await? {
        return Ok(to_response(response));
    }
    let progress: ProgressFn = Arc::new(|_: &ImportCounts| true);
    run_import(&state.db, job, &progress).await?;
    job.accepted_summary()?;
    let body = collect_json_report(job).await?;
    let response = StoredResponse::json(StatusCode::MULTI_STATUS.as_u16(), body)
        .with_header("content-language", language.tag())
        .with_header("vary", "Accept-Language")
        .with_header("cache-control", "no-store");
    let stored = response.clone();
    state.db.write(move |tx| idempotent.store(tx, &key, &stored, now)).await?;
    Ok(to_response(response))
}

/// Reads the options of the import, and `force`.
fn parse_options(request: &HttpRequest) -> Result<(ImportOptions, bool)> {
    let mut params = QueryParams::from_request(request);
    let mode = params.single("mode").map(|mode| (mode.parse::<ImportMode>(), mode));
    let mode = mode.and_then(|(parsed, mode)| {
        params.accept(parsed.map_err(|expected| Fault::invalid_parameter("mode", &mode, &expected)))
    });
    let (atomic, dry_run, force) = (params.flag("atomic"), params.flag("dry_run"), params.flag("force"));
    params.finish()?;
    Ok((ImportOptions { mode: mode.unwrap_or(ImportMode::Merge), atomic, dry_run }, force))
}

/// Whether `Accept` names `text/event-stream`; wildcards do not count.
fn accepts_event_stream(request: &HttpRequest) -> bool {
    field_lines(request.headers(), &header::ACCEPT).flat_map(elements).any(|range| {
        let (media_type, weight) = split_weight(range);
        media_type.eq_ignore_ascii_case("text/event-stream") && weight != Some(0)
    })
}

fn build_response(status: StatusCode, media_type: &str, language: Language) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    if media_type == "text/event-stream" {
        responses::set_event_stream_headers(&mut response);
    }
    response
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
