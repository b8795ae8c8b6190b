//! `POST /v1/import`: a body taken in as it arrives, and the answer, whole or as server-sent events.

use super::report::Counts;
use super::run::{Watch, import};
use super::stream::{Arriving, Gunzip};
use super::{Caller, Form, Importer, Job, LIMITS, Mode, Options, Report, intake, unspooled};
use crate::access::answers::{Once, Reply};
use crate::error::{Code, Fault, Problem, Result};
use crate::http::auth::Credentials;
use crate::http::list_header::{elements, lines, weighted};
use crate::http::middleware::RequestId;
use crate::http::once::{begin, said, send};
use crate::http::params::Params;
use crate::http::{State, comment, problems, replies, request_headers};
use crate::vocabulary::language::Language;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{self, LocalBoxStream, Stream, StreamExt as _};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// How long it may take until so much of a body has arrived.
const PATIENCE: Duration = Duration::from_secs(30);
/// The least that arrives in that time, in bytes.
const LEAST: usize = 16 << 10;
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

/// The types of a body, as a list.
#[must_use]
pub fn types() -> String {
    TYPES.map(|(name, _)| name).join(", ")
}

/// Imports records.
///
/// # Errors
/// 400, 401, 403, 408, 413, 415 before anything is written; 422 when one rejection undid all; 503.
pub async fn create(request: HttpRequest, state: Data<State>, payload: Payload) -> Result<HttpResponse> {
    let credentials = Credentials::of(&request)?;
    let (options, force) = options(&request)?;
    let comment = comment::of(&request)?;
    let (form, gzip) = form(&request)?;
    let (once, _flight) = begin(&request, &state, &credentials)?;
    let key = credentials.look_up(&state).await?;
    let place = state.capacity.imports.take(key.id.clone())?;
    if !key.may_write_any() {
        return Err(Problem::new(Code::Forbidden).fact("scope", "write"));
    }
    if force && !key.may_override() {
        return Err(Problem::new(Code::Forbidden).fact("scope", "override"));
    }
    let language = problems::language(&request);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let caller = Caller { credentials: credentials.clone(), force, comment };
    let (clock, importer) = (state.clock.clone(), Importer::Caller(caller));
    let job = take_in(payload, form, gzip, Report::new(language, &id).map_err(unspooled)?, move |taken| {
        Job::new(taken, options, importer, clock)
    });
    let job = Arc::new(job.await?.holding(place));
    if once.matters() {
        let once = once.saying(&said(&request, job.digest()));
        return answer_once(&state, once, credentials, &job, language).await;
    }
    let (db, running) = (state.db.clone(), job.clone());
    if wants_events(&request) {
        let body = told(
            |counts| event("progress", &progress(counts)),
            |watch, send| async move {
                let done = import(&db, &running, &watch).await;
                let done = if done.is_ok() { conclude(&running, &send).await } else { done };
                if let Err(problem) = done {
                    let _ = send.send(event("problem", &problem.json(language, &id))).await;
                }
            },
        );
        return Ok(reply(StatusCode::OK, "text/event-stream", language).streaming(body));
    }
    let body = if options.atomic || options.dry_run {
        let watch: Watch = Arc::new(|_: &Counts| true);
        import(&state.db, &job, &watch).await?;
        job.accepted()?;
        told(space, |_, send| async move { told_whole(&running, &send, Ok(())).await })
    } else {
        told(space, |watch, send| async move {
            let done = import(&db, &running, &watch).await;
            told_whole(&running, &send, done).await;
        })
    };
    Ok(reply(StatusCode::MULTI_STATUS, "application/json", language).streaming(body))
}

/// Imports, unless it was done before; the answer is kept once the import has ended.
async fn answer_once(
    state: &State,
    once: Once,
    credentials: Credentials,
    job: &Arc<Job>,
    language: Language,
) -> Result<HttpResponse> {
    let (before, key, now) = (once.clone(), credentials.id().to_owned(), state.clock.now());
    let asked = key.clone();
    if let Some(reply) = state.db.write(move |tx| before.again(tx, &asked, now)).await? {
        return Ok(send(reply));
    }
    let watch: Watch = Arc::new(|_: &Counts| true);
    import(&state.db, job, &watch).await?;
    job.accepted()?;
    let (pieces, mut receive) = mpsc::channel::<Bytes>(PIECES);
    let told = job.clone();
    actix_web::rt::spawn(async move { told_whole(&told, &pieces, Ok(())).await });
    let mut body = Vec::new();
    while let Some(piece) = receive.recv().await {
        body.extend_from_slice(&piece);
    }
    let body = String::from_utf8(body).map_err(|_| Problem::new(Code::Internal))?;
    let reply = Reply::json(StatusCode::MULTI_STATUS.as_u16(), body)
        .header("content-language", language.tag())
        .header("vary", "Accept-Language")
        .header("cache-control", "no-store");
    let kept = reply.clone();
    state.db.write(move |tx| once.keep(tx, &key, &kept, now)).await?;
    Ok(send(reply))
}

/// A sign of life before a JSON value: white space.
fn space(_: &Counts) -> Bytes {
    Bytes::from_static(b"\n")
}

fn options(request: &HttpRequest) -> Result<(Options, bool)> {
    let mut params = Params::of(request);
    let mode = params.one("mode").map(|mode| (mode.parse::<Mode>(), mode));
    let mode = mode.and_then(|(read, mode)| {
        params.keep(read.map_err(|expected| Fault::misfit("mode", &mode, &expected)))
    });
    let (atomic, dry_run, force) = (params.flag("atomic"), params.flag("dry_run"), params.flag("force"));
    params.finish()?;
    Ok((Options { mode: mode.unwrap_or(Mode::Merge), atomic, dry_run }, force))
}

/// The form of the body, and whether it is compressed.
fn form(request: &HttpRequest) -> Result<(Form, bool)> {
    let gzip = match request_headers::codings(request.headers()).as_slice() {
        [] => false,
        [one] if one == "gzip" || one == "x-gzip" => true,
        _ => return Err(request_headers::unsupported_coding(&types(), "gzip, identity")),
    };
    let given = request_headers::media_type(request.headers());
    let form = TYPES.into_iter().find(|(name, _)| given == *name);
    form.map(|(_, form)| (form, gzip)).ok_or_else(|| request_headers::unsupported_type(request, &types()))
}

fn wants_events(request: &HttpRequest) -> bool {
    lines(request.headers(), &header::ACCEPT).flat_map(elements).any(|range| {
        let (media, weight) = weighted(range);
        media.eq_ignore_ascii_case("text/event-stream") && weight != Some(0)
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
        if arrived >= LEAST {
            (until, arrived) = (tokio::time::Instant::now() + patience, 0);
        }
        let piece = match next {
            Ok(None) => return,
            Ok(Some(piece)) => piece,
            Err(_) => Err(Problem::new(Code::Timeout)),
        };
        let (ends, here) = (piece.is_err(), tokio::time::Instant::now());
        if to.send(piece).await.is_err() || ends {
            return;
        }
        // What takes long here is not the sender's.
        until += here.elapsed();
    }
}

fn reply(status: StatusCode, media: &str, language: Language) -> HttpResponseBuilder {
    let mut reply = HttpResponse::build(status);
    if media == "text/event-stream" {
        replies::event_stream(&mut reply);
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
fn told<F>(
    sign: fn(&Counts) -> Bytes,
    work: impl FnOnce(Watch, Sender<Bytes>) -> F,
) -> LocalBoxStream<'static, std::result::Result<Bytes, Infallible>>
where
    F: Future<Output = ()> + 'static,
{
    let (send, receive) = mpsc::channel::<Bytes>(PIECES);
    let (last, signs) = (Mutex::new((0, Instant::now())), send.clone());
    let watch: Watch = Arc::new(move |counts: &Counts| {
        let (every, most) = PROGRESS;
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.done() >= last.0 + every || last.1.elapsed() >= most {
            *last = (counts.done(), Instant::now());
            let _ = signs.try_send(sign(counts));
        }
        !signs.is_closed()
    });
    actix_web::rt::spawn(work(watch, send));
    let next = |mut receive: Receiver<Bytes>| async move { Some((Ok(receive.recv().await?), receive)) };
    stream::unfold(receive, next).boxed_local()
}

/// Every item, made while it is sent, and the summary.
async fn told_whole(job: &Job, send: &Sender<Bytes>, done: Result<()>) {
    let told = async {
        done?;
        let (mut start, mut text) = (0, String::from("{\"items\":["));
        loop {
            if send.send(Bytes::from(text)).await.is_err() {
                return Ok(());
            }
            let Some((items, next)) = job.report().items(start, ITEMS).map_err(unspooled)? else { break };
            (start, text) = (next, items);
        }
        let _ = send.send(Bytes::from(format!("],\"summary\":{}}}", job.summary().json()))).await;
        Ok::<(), Problem>(())
    };
    if let Err(problem) = told.await {
        log::error!("the answer to an import is cut: {problem}");
    }
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
        assert_eq!(last, Some(Err(Problem::new(Code::Timeout))));
        assert_eq!(receive.recv().await, Some(Ok("one")));
        assert_eq!(receive.recv().await, Some(Err(Problem::new(Code::Timeout))));
    }
}
