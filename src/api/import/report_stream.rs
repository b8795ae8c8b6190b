//! The response to an import, streamed: JSON with keep-alive white space, or server-sent events.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::transfer::import::job::ImportJob;
use crate::transfer::import::report::ImportCounts;
use crate::transfer::import::run::ProgressFn;
use crate::transfer::import::spool::temp_file_problem;
use actix_web::web::Bytes;
use futures_util::stream::{self, LocalBoxStream, StreamExt as _};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// The pieces of a body that wait to be read.
const CHANNEL_CAPACITY: usize = 16;

/// The items of an answer that are made at a time.
const ITEMS_PER_CHUNK: usize = 500;

/// How often progress is told: after so many records, or so much time.
const PROGRESS_INTERVAL: (usize, Duration) = (500, Duration::from_secs(1));

/// A sign of life before a JSON value: white space.
pub(super) fn keep_alive_whitespace(_: &ImportCounts) -> Bytes {
    Bytes::from_static(b"\n")
}

/// A body that `work` makes, with signs of progress in between. Where nobody listens any more, the batch that is
/// running is the last: only what is sent finds that out.
pub(super) fn stream_with_progress<F>(
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
pub(super) async fn send_json_report(job: &ImportJob, send: &Sender<Bytes>, done: Result<()>) {
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

/// The same as one text, to be stored for a replay.
pub(super) async fn collect_json_report(job: &Arc<ImportJob>) -> Result<String> {
    let (send, mut receive) = mpsc::channel::<Bytes>(CHANNEL_CAPACITY);
    let sender_job = job.clone();
    actix_web::rt::spawn(async move { send_json_report(&sender_job, &send, Ok(())).await });
    let mut body = Vec::new();
    while let Some(chunk) = receive.recv().await {
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Problem::new(ErrorCode::Internal))
}

pub(super) async fn send_report_events(job: &ImportJob, send: &Sender<Bytes>) -> Result<()> {
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

pub(super) fn progress_json(counts: &ImportCounts) -> Value {
    let ImportCounts { created, updated, unchanged, rejected, total } = counts;
    json!({
        "done": counts.processed(), "total": total,
        "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected
    })
}

pub(super) fn format_event(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
