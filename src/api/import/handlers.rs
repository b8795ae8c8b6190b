//! `POST /v1/import`: a body taken in as it arrives, and the answer, whole or as server-sent events.

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
use crate::http::{change_comment, problems, request_headers, responses};
use crate::transfer::import::decode::{ChunkReader, GzipReader};
use crate::transfer::import::importer::{Importer, KeyHolder};
use crate::transfer::import::intake::{API_LIMITS, BodyFormat, spool_records};
use crate::transfer::import::job::ImportJob;
use crate::transfer::import::options::{ImportMode, ImportOptions};
use crate::transfer::import::report::{ImportCounts, ImportReport};
use crate::transfer::import::run::{ProgressFn, run_import};
use crate::transfer::import::spool;
use crate::transfer::import::spool::temp_file_problem;
use actix_web::HttpMessage as _;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::web::Data;
use actix_web::web::Payload;
use futures_util::stream;
use futures_util::stream::LocalBoxStream;
use futures_util::stream::Stream;
use futures_util::stream::StreamExt as _;
use serde_json::Value;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::Sender;

/// How long it may take until so much of a body has arrived.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The least that arrives in that time, in bytes.
const MIN_BYTES_PER_TIMEOUT: usize = 16 << 10;

/// The pieces of a body that wait to be read.
const CHANNEL_CAPACITY: usize = 16;

/// The items of an answer that are made at a time.
const ITEMS_PER_CHUNK: usize = 500;

/// How often progress is told: after so many records, or so much time.
const PROGRESS_INTERVAL: (usize, Duration) = (500, Duration::from_secs(1));

/// The types of a body, each with its form.
pub(super) const MEDIA_TYPES: [(&str, BodyFormat); 4] = [
    ("application/x-ndjson", BodyFormat::Ndjson),
    ("application/ndjson", BodyFormat::Ndjson),
    ("application/jsonl", BodyFormat::Ndjson),
    ("application/json", BodyFormat::JsonArray),
];

/// The types of a body, as a list.
#[must_use]
pub fn media_types() -> String {
    MEDIA_TYPES.map(|(name, _)| name).join(", ")
}

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
    let (pieces, mut receive) = mpsc::channel::<Bytes>(CHANNEL_CAPACITY);
    let told = job.clone();
    actix_web::rt::spawn(async move { send_json_report(&told, &pieces, Ok(())).await });
    let mut body = Vec::new();
    while let Some(piece) = receive.recv().await {
        body.extend_from_slice(&piece);
    }
    let body = String::from_utf8(body).map_err(|_| Problem::new(ErrorCode::Internal))?;
    let reply = StoredResponse::json(StatusCode::MULTI_STATUS.as_u16(), body)
        .with_header("content-language", language.tag())
        .with_header("vary", "Accept-Language")
        .with_header("cache-control", "no-store");
    let kept = reply.clone();
    state.db.write(move |tx| once.store(tx, &key, &kept, now)).await?;
    Ok(to_response(reply))
}

/// A sign of life before a JSON value: white space.
fn keep_alive_whitespace(_: &ImportCounts) -> Bytes {
    Bytes::from_static(b"\n")
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

/// The form of the body, and whether it is compressed.
fn parse_body_format(request: &HttpRequest) -> Result<(BodyFormat, bool)> {
    let gzip = match request_headers::body_codings(request.headers()).as_slice() {
        [] => false,
        [one] if one == "gzip" || one == "x-gzip" => true,
        _ => return Err(request_headers::unsupported_coding(&media_types(), "gzip, identity")),
    };
    let given = request_headers::body_media_type(request.headers());
    let form = MEDIA_TYPES.into_iter().find(|(name, _)| given == *name);
    form.map(|(_, form)| (form, gzip))
        .ok_or_else(|| request_headers::unsupported_type(request, &media_types()))
}

fn accepts_event_stream(request: &HttpRequest) -> bool {
    field_lines(request.headers(), &header::ACCEPT).flat_map(elements).any(|range| {
        let (media, weight) = split_weight(range);
        media.eq_ignore_ascii_case("text/event-stream") && weight != Some(0)
    })
}

/// Reads the whole body, on a thread that may wait, and makes of it what `then` says.
async fn read_body<T: Send + 'static>(
    payload: Payload,
    form: BodyFormat,
    gzip: bool,
    report: ImportReport,
    then: impl FnOnce((spool::RecordSpool, ImportReport)) -> T + Send + 'static,
) -> Result<T> {
    let (send, receive) = mpsc::channel(CHANNEL_CAPACITY);
    let reading = tokio::task::spawn_blocking(move || {
        let pieces = ChunkReader::new(receive);
        let taken = if gzip {
            spool_records(GzipReader::new(pieces), form, API_LIMITS, report)
        } else {
            spool_records(pieces, form, API_LIMITS, report)
        };
        taken.map(then)
    });
    let pieces = payload
        .map(|piece| piece.map_err(|error| Problem::new(ErrorCode::MalformedJson).with_arg("reason", error)));
    feed(pieces, &send, BODY_TIMEOUT).await;
    drop(send);
    reading.await.unwrap_or_else(|_| Err(Problem::new(ErrorCode::Internal)))
}

/// Hands on what arrives, until the end, a failure, too long a silence, or too little of it in that time.
async fn feed<B: AsRef<[u8]>>(
    pieces: impl Stream<Item = Result<B>>,
    to: &Sender<Result<B>>,
    patience: Duration,
) {
    let mut pieces = std::pin::pin!(pieces);
    let (mut until, mut arrived) = (tokio::time::Instant::now() + patience, 0);
    loop {
        let next = tokio::time::timeout_at(until, pieces.next()).await;
        arrived += next.iter().flatten().flatten().map(|piece| piece.as_ref().len()).sum::<usize>();
        if arrived >= MIN_BYTES_PER_TIMEOUT {
            (until, arrived) = (tokio::time::Instant::now() + patience, 0);
        }
        let piece = match next {
            Ok(None) => return,
            Ok(Some(piece)) => piece,
            Err(_) => Err(Problem::new(ErrorCode::Timeout)),
        };
        let (ends, here) = (piece.is_err(), tokio::time::Instant::now());
        if to.send(piece).await.is_err() || ends {
            return;
        }
        // What takes long here is not the sender's.
        until += here.elapsed();
    }
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

/// A body that `work` makes, with signs of progress in between. Where nobody listens any more, the batch that is
/// running is the last: only what is sent finds that out.
fn stream_with_progress<F>(
    sign: fn(&ImportCounts) -> Bytes,
    work: impl FnOnce(ProgressFn, Sender<Bytes>) -> F,
) -> LocalBoxStream<'static, std::result::Result<Bytes, Infallible>>
where
    F: Future<Output = ()> + 'static,
{
    let (send, receive) = mpsc::channel::<Bytes>(CHANNEL_CAPACITY);
    let (last, signs) = (Mutex::new((0, Instant::now())), send.clone());
    let watch: ProgressFn = Arc::new(move |counts: &ImportCounts| {
        let (every, most) = PROGRESS_INTERVAL;
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.processed() >= last.0 + every || last.1.elapsed() >= most {
            *last = (counts.processed(), Instant::now());
            let _ = signs.try_send(sign(counts));
        }
        !signs.is_closed()
    });
    actix_web::rt::spawn(work(watch, send));
    let next = |mut receive: Receiver<Bytes>| async move { Some((Ok(receive.recv().await?), receive)) };
    stream::unfold(receive, next).boxed_local()
}

/// Every item, made while it is sent, and the summary.
async fn send_json_report(job: &ImportJob, send: &Sender<Bytes>, done: Result<()>) {
    let told = async {
        done?;
        let (mut start, mut text) = (0, String::from("{\"items\":["));
        loop {
            if send.send(Bytes::from(text)).await.is_err() {
                return Ok(());
            }
            let Some((items, next)) =
                job.report().items_text(start, ITEMS_PER_CHUNK).map_err(temp_file_problem)?
            else {
                break;
            };
            (start, text) = (next, items);
        }
        let _ = send.send(Bytes::from(format!("],\"summary\":{}}}", job.summary().to_json()))).await;
        Ok::<(), Problem>(())
    };
    if let Err(problem) = told.await {
        log::error!("the answer to an import is cut: {problem}");
    }
}

async fn send_report_events(job: &ImportJob, send: &Sender<Bytes>) -> Result<()> {
    let mut start = 0;
    loop {
        let items = job.report().rejected_items(start, ITEMS_PER_CHUNK).map_err(temp_file_problem)?;
        let Some(last) = items.last().and_then(|item| item.get("index")?.as_u64()) else { break };
        start = usize::try_from(last).unwrap_or(usize::MAX) + 1;
        for item in items {
            if send.send(format_event("item", &item)).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = send.send(format_event("summary", &job.summary().to_json())).await;
    Ok(())
}

fn progress_json(counts: &ImportCounts) -> Value {
    let ImportCounts { created, updated, unchanged, rejected, total } = counts;
    json!({
        "done": counts.processed(), "total": total,
        "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected
    })
}

fn format_event(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_body_that_stops_arriving_is_a_timeout() {
        let (send, mut receive) = mpsc::channel(4);
        let pieces = stream::iter([Ok("one")]).chain(stream::pending());
        feed(pieces, &send, Duration::from_millis(20)).await;
        // Nor does one that arrives a letter at a time.
        let slow = stream::repeat(()).then(async |()| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok("x")
        });
        let (dripped, mut hears) = mpsc::channel(4096);
        feed(slow, &dripped, Duration::from_millis(50)).await;
        drop(dripped);
        let mut last = None;
        while let Some(piece) = hears.recv().await {
            last = Some(piece);
        }
        assert_eq!(last, Some(Err(Problem::new(ErrorCode::Timeout))));
        assert_eq!(receive.recv().await, Some(Ok("one")));
        assert_eq!(receive.recv().await, Some(Err(Problem::new(ErrorCode::Timeout))));
    }
}
