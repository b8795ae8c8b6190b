//! The response to an import as a stream: JSON with keep-alive white space, or server-sent events.

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

/// The chunks of a response that wait to be sent, at most.
const CHANNEL_CAPACITY: usize = 16;

/// The items of the report that are made at a time.
const ITEMS_PER_CHUNK: usize = 500;

/// The interval of progress events: so many records, or so much time.
const PROGRESS_INTERVAL: (usize, Duration) = (500, Duration::from_secs(1));

/// Returns white space, which may stand before a JSON value and keeps the connection open.
pub(super) fn keep_alive_whitespace(_: &ImportCounts) -> Bytes {
    Bytes::from_static(b"\n")
}

/// Returns the body that `work` writes, with `progress_chunk` in between. When the client has disconnected,
/// which only sending finds out, the import stops after the running batch.
pub(super) fn stream_with_progress<F>(
    progress_chunk: fn(&ImportCounts) -> Bytes,
    work: impl FnOnce(ProgressFn, Sender<Bytes>) -> F,
) -> LocalBoxStream<'static, std::result::Result<Bytes, Infallible>>
where
    F: Future<Output = ()> + 'static,
{
    let (sender, receiver) = mpsc::channel::<Bytes>(CHANNEL_CAPACITY);
    let (last, progress_sender) = (Mutex::new((0, Instant::now())), sender.clone());
    let progress: ProgressFn = Arc::new(move |counts: &ImportCounts| {
        let (record_interval, time_interval) = PROGRESS_INTERVAL;
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.processed() >= last.0 + record_interval || last.1.elapsed() >= time_interval {
            *last = (counts.processed(), Instant::now());
            let _ = progress_sender.try_send(progress_chunk(counts));
        }
        !progress_sender.is_closed()
    });
    actix_web::rt::spawn(work(progress, sender));
    let next = |mut receiver: Receiver<Bytes>| async move { Some((Ok(receiver.recv().await?), receiver)) };
    stream::unfold(receiver, next).boxed_local()
}

/// Sends the report as one JSON object; items are made while they are sent. `result` is that of the import.
pub(super) async fn send_json_report(job: &ImportJob, sender: &Sender<Bytes>, result: Result<()>) {
    let report = async {
        result?;
        let (mut start, mut text) = (0, String::from("{\"items\":["));
        loop {
            if sender.send(Bytes::from(text)).await.is_err() {
                return Ok(());
            }
            let Some((items, next)) =
                job.report().items_text(start, ITEMS_PER_CHUNK).map_err(temp_file_problem)?
            else {
                break;
            };
            (start, text) = (next, items);
        }
        let _ = sender.send(Bytes::from(format!("],\"summary\":{}}}", job.summary().to_json()))).await;
        Ok::<(), Problem>(())
    };
    if let Err(problem) = report.await {
        log::error!("the answer to an import is cut: {problem}");
    }
}

/// Returns the report as one JSON text, to be stored for replays.
pub(super) async fn collect_json_report(job: &Arc<ImportJob>) -> Result<String> {
    let (sender, mut receiver) = mpsc::channel::<Bytes>(CHANNEL_CAPACITY);
    let sender_job = job.clone();
    actix_web::rt::spawn(async move { send_json_report(&sender_job, &sender, Ok(())).await });
    let mut body = Vec::new();
    while let Some(chunk) = receiver.recv().await {
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| Problem::new(ErrorCode::Internal))
}

/// Sends the rejected items and the summary as server-sent events.
pub(super) async fn send_report_events(job: &ImportJob, sender: &Sender<Bytes>) -> Result<()> {
    let mut start = 0;
    loop {
        let items = job.report().rejected_items(start, ITEMS_PER_CHUNK).map_err(temp_file_problem)?;
        let Some(last) = items.last().and_then(|item| item.get("index")?.as_u64()) else { break };
        start = usize::try_from(last).unwrap_or(usize::MAX) + 1;
        for item in items {
            if sender.send(format_event("item", &item)).await.is_err() {
                return Ok(());
            }
        }
    }
    let _ = sender.send(format_event("summary", &job.summary().to_json())).await;
    Ok(())
}

/// Returns the data of a progress event.
pub(super) fn progress_json(counts: &ImportCounts) -> Value {
    let ImportCounts { created, updated, unchanged, rejected, total } = counts;
    json!({
        "done": counts.processed(), "total": total,
        "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected
    })
}

/// Formats a server-sent event.
pub(super) fn format_event(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
