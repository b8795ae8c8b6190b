//! `POST /v1/import`: a body taken in as it arrives, and the answer, whole or as server-sent events.

use super::report::Counts;
use super::run::{Watch, import};
use super::stream::{Arriving, Gunzip};
use super::{Form, Importer, Job, LIMITS, Mode, Options, Report, intake, unspooled};
use crate::db::Db;
use crate::error::{Code, Fault, Problem, Result};
use crate::http::auth::Credentials;
use crate::http::middleware::RequestId;
use crate::http::params::Params;
use crate::http::{State, problems};
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Sender};

/// How long nothing may arrive of a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pieces of a body that wait to be read.
const PIECES: usize = 16;
/// The items of an answer that are made at a time.
const ITEMS: usize = 500;
/// How often progress is told: after so many records, or so much time.
const PROGRESS: (usize, Duration) = (500, Duration::from_secs(1));

/// The types of a body, each with its form.
pub(super) const TYPES: [(&str, Form); 4] = [
    ("application/x-ndjson", Form::Lines),
    ("application/ndjson", Form::Lines),
    ("application/jsonl", Form::Lines),
    ("application/json", Form::Array),
];

/// Imports records.
///
/// # Errors
/// 400, 401, 403, 408, 413, 415 before anything is written; 422 when one rejection undid all; 503.
pub async fn create(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let credentials = Credentials::of(&request)?;
    let options = options(&request)?;
    let (form, gzip) = form(&request)?;
    let (key, now) = (credentials.clone(), state.clock.now());
    let key = state.db.read(move |tx| key.key(tx, now)).await?;
    if !Kind::ALL.iter().any(|kind| key.may_write(*kind)) {
        return Err(Problem::new(Code::Forbidden).fact("scope", "write"));
    }
    let language = problems::language(request.query_string(), request.headers().get(header::ACCEPT_LANGUAGE));
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let (clock, importer) = (state.clock.clone(), Importer::Caller(credentials));
    let job = take_in(payload, form, gzip, Report::new(language, &id).map_err(unspooled)?, move |taken| {
        Job::new(taken, options, importer, clock)
    });
    let job = Arc::new(job.await?);
    if wants_events(&request) {
        return Ok(events(state.db.clone(), job, language, id));
    }
    let watch: Watch = Arc::new(|_: &Counts| true);
    import(&state.db, &job, &watch).await?;
    answer(job, language)
}

fn options(request: &HttpRequest) -> Result<Options> {
    let mut params = Params::of(request);
    let mode = params.one("mode").map(|mode| (mode.parse::<Mode>(), mode));
    let mode =
        mode.and_then(|(read, mode)| params.keep(read.map_err(|expected| misfit("mode", &mode, &expected))));
    let mut flag = |name: &str| {
        let given = params.one(name);
        let read = given.map(|value| value.parse().map_err(|_| misfit(name, &value, "`true` or `false`")));
        read.and_then(|read| params.keep(read)).unwrap_or_default()
    };
    let (atomic, dry_run) = (flag("atomic"), flag("dry_run"));
    params.finish()?;
    Ok(Options { mode: mode.unwrap_or_default(), atomic, dry_run })
}

fn misfit(name: &str, value: &str, expected: &str) -> Fault {
    let facts = vec![("value", value.to_owned()), ("expected", expected.to_owned())];
    Fault::parameter(name, Code::InvalidParameter, facts)
}

/// The form of the body, and whether it is compressed.
fn form(request: &HttpRequest) -> Result<(Form, bool)> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let refused = || {
        let types = TYPES.map(|(name, _)| name).join(", ");
        Problem::new(Code::UnsupportedMediaType).fact("expected", format!("{types} (identity, gzip)"))
    };
    let gzip = match header(header::CONTENT_ENCODING).map(str::to_ascii_lowercase).as_deref() {
        None | Some("identity") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => return Err(refused()),
    };
    let given = header(header::CONTENT_TYPE).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let form = TYPES.into_iter().find(|(name, _)| essence.eq_ignore_ascii_case(name));
    form.map(|(_, form)| (form, gzip)).ok_or_else(refused)
}

fn wants_events(request: &HttpRequest) -> bool {
    let accept = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    accept.flat_map(|value| value.split(',')).any(|media| {
        media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

/// Reads the whole body, on a thread that may wait, and makes of it what `then` says.
async fn take_in<T: Send + 'static>(
    payload: Payload,
    form: Form,
    gzip: bool,
    report: Report,
    then: impl FnOnce((super::Spool, Report)) -> T + Send + 'static,
) -> Result<T> {
    let (send, receive) = mpsc::channel(PIECES);
    let reading = tokio::task::spawn_blocking(move || {
        let pieces = Arriving::new(receive);
        let taken = if gzip {
            intake(Gunzip::new(pieces), form, LIMITS, report)
        } else {
            intake(pieces, form, LIMITS, report)
        };
        taken.map(then)
    });
    let pieces =
        payload.map(|piece| piece.map_err(|error| Problem::new(Code::MalformedJson).fact("reason", error)));
    feed(pieces, &send, PATIENCE).await;
    drop(send);
    reading.await.unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
}

/// Hands on what arrives, until the end, a failure, or too long a silence.
async fn feed<B>(pieces: impl Stream<Item = Result<B>>, to: &Sender<Result<B>>, patience: Duration) {
    let mut pieces = std::pin::pin!(pieces);
    loop {
        let piece = match tokio::time::timeout(patience, pieces.next()).await {
            Ok(None) => return,
            Ok(Some(piece)) => piece,
            Err(_) => Err(Problem::new(Code::Timeout)),
        };
        let ends = piece.is_err();
        if to.send(piece).await.is_err() || ends {
            return;
        }
    }
}

fn reply(status: StatusCode, media: &str, language: Language) -> HttpResponseBuilder {
    let mut reply = HttpResponse::build(status);
    reply
        .insert_header((header::CONTENT_TYPE, media))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    reply
}

/// Every item, made while it is sent; or the problem of an import that one rejection undid.
fn answer(job: Arc<Job>, language: Language) -> Result<HttpResponse> {
    let summary = job.accepted()?;
    let end = format!("],\"summary\":{}}}", summary.json());
    let items = stream::unfold((job, 0), |(job, start)| async move {
        let items = job.report().items(start, ITEMS).transpose()?;
        Some((items, (job, start + ITEMS)))
    });
    let text = |text: &str| stream::iter([Ok(text.to_owned())]);
    let body = text("{\"items\":[").chain(items).chain(text(&end));
    let body = body.map(|text| text.map(Bytes::from).map_err(actix_web::Error::from));
    Ok(reply(StatusCode::MULTI_STATUS, "application/json", language).streaming(body))
}

/// Progress while the import runs, then the rejected items, then the summary. Where nobody listens any more, the batch
/// that is running is the last.
fn events(db: Db, job: Arc<Job>, language: Language, request_id: String) -> HttpResponse {
    let (send, receive) = mpsc::channel::<Bytes>(PIECES);
    let (told, told_at) = (Mutex::new((0, Instant::now())), send.clone());
    let watch: Watch = Arc::new(move |counts: &Counts| {
        let (every, most) = PROGRESS;
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.done() >= told.0 + every || told.1.elapsed() >= most {
            *told = (counts.done(), Instant::now());
            let _ = told_at.try_send(event("progress", &progress(counts)));
        }
        !told_at.is_closed()
    });
    actix_web::rt::spawn(async move {
        let done = import(&db, &job, &watch).await;
        let told = match done {
            Ok(()) => conclude(&job, &send).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = told {
            let _ = send.send(event("problem", &problem.json(language, &request_id))).await;
        }
    });
    let body = stream::unfold(receive, |mut receive| async move {
        let event = receive.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(event), receive))
    });
    reply(StatusCode::OK, "text/event-stream", language).streaming(body)
}

async fn conclude(job: &Job, send: &Sender<Bytes>) -> Result<()> {
    let mut start = 0;
    loop {
        let items = job.report().rejected(start, ITEMS).map_err(unspooled)?;
        let Some(last) = items.last().and_then(|item| item.get("index")?.as_u64()) else { break };
        start = usize::try_from(last).unwrap_or(usize::MAX) + 1;
        for item in items {
            if send.send(event("item", &item)).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = send.send(event("summary", &job.summary().json())).await;
    Ok(())
}

fn progress(counts: &Counts) -> Value {
    let Counts { created, updated, unchanged, rejected, total } = counts;
    json!({
        "done": counts.done(), "total": total,
        "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected
    })
}

fn event(name: &str, data: &Value) -> Bytes {
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
        assert_eq!(receive.recv().await, Some(Ok("one")));
        assert_eq!(receive.recv().await, Some(Err(Problem::new(Code::Timeout))));
    }
}
