//! The body of an import: media types, and reading it as it arrives.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::request_headers;
use crate::transfer::import::decode::{ChunkReader, GzipReader};
use crate::transfer::import::intake::{API_LIMITS, BodyFormat, spool_records};
use crate::transfer::import::report::ImportReport;
use crate::transfer::import::spool::RecordSpool;
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::stream::{Stream, StreamExt as _};
use std::time::Duration;
use tokio::sync::mpsc::{self, Sender};

/// The time within which [`MIN_BYTES_PER_TIMEOUT`] of the body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes that must arrive within [`BODY_TIMEOUT`].
const MIN_BYTES_PER_TIMEOUT: usize = 16 << 10;

/// The chunks of a body that wait for the reading thread, at most.
const CHANNEL_CAPACITY: usize = 16;

/// The accepted media types, each with its format.
pub(super) const MEDIA_TYPES: [(&str, BodyFormat); 4] = [
    ("application/x-ndjson", BodyFormat::Ndjson),
    ("application/ndjson", BodyFormat::Ndjson),
    ("application/jsonl", BodyFormat::Ndjson),
    ("application/json", BodyFormat::JsonArray),
];

/// Returns the accepted media types as a comma-separated list.
#[must_use]
pub fn media_types() -> String {
    MEDIA_TYPES.map(|(name, _)| name).join(", ")
}

/// Reads the format of the body from `Content-Type`, and from `Content-Encoding` whether it is gzipped.
pub(super) fn parse_body_format(request: &HttpRequest) -> Result<(BodyFormat, bool)> {
    let gzip = match request_headers::body_codings(request.headers()).as_slice() {
        [] => false,
        [one] if one == "gzip" || one == "x-gzip" => true,
        _ => return Err(request_headers::unsupported_coding(&media_types(), "gzip, identity")),
    };
    let media_type = request_headers::body_media_type(request.headers());
    let format = MEDIA_TYPES.into_iter().find(|(name, _)| media_type == *name);
    format
        .map(|(_, format)| (format, gzip))
        .ok_or_else(|| request_headers::unsupported_type(request, &media_types()))
}

/// Reads the whole body into a spool on a blocking thread, and passes it to `then` there.
pub(super) async fn read_body<T: Send + 'static>(
    payload: Payload,
    format: BodyFormat,
    gzip: bool,
    report: ImportReport,
    then: impl FnOnce((RecordSpool, ImportReport)) -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
    let reader = tokio::task::spawn_blocking(move || {
        let chunks = ChunkReader::new(receiver);
        let spooled = if gzip {
            spool_records(GzipReader::new(chunks), format, API_LIMITS, report)
        } else {
            spool_records(chunks, format, API_LIMITS, report)
        };
        spooled.map(then)
    });
    let chunks = payload
        .map(|chunk| chunk.map_err(|error| Problem::new(ErrorCode::MalformedJson).with_arg("reason", error)));
    feed(chunks, &sender, BODY_TIMEOUT).await;
    drop(sender);
    reader.await.unwrap_or_else(|_| Err(Problem::new(ErrorCode::Internal)))
}

/// Forwards the chunks of a body until its end, an error, or a time-out: when fewer than
/// [`MIN_BYTES_PER_TIMEOUT`] arrive within `timeout`.
async fn feed<B: AsRef<[u8]>>(
    chunks: impl Stream<Item = Result<B>>,
    sender: &Sender<Result<B>>,
    timeout: Duration,
) {
    let mut chunks = std::pin::pin!(chunks);
    let (mut deadline, mut arrived) = (tokio::time::Instant::now() + timeout, 0);
    loop {
        let next = tokio::time::timeout_at(deadline, chunks.next()).await;
        arrived += next.iter().flatten().flatten().map(|chunk| chunk.as_ref().len()).sum::<usize>();
        if arrived >= MIN_BYTES_PER_TIMEOUT {
            (deadline, arrived) = (tokio::time::Instant::now() + timeout, 0);
        }
        let chunk = match next {
            Ok(None) => return,
            Ok(Some(chunk)) => chunk,
            Err(_) => Err(Problem::new(ErrorCode::Timeout)),
        };
        let (is_last, sent_at) = (chunk.is_err(), tokio::time::Instant::now());
        if sender.send(chunk).await.is_err() || is_last {
            return;
        }
        // Time in which the reading thread was behind does not count against the client.
        deadline += sent_at.elapsed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[actix_web::test]
    async fn a_body_that_stops_arriving_is_a_timeout() {
        let (sender, mut receiver) = mpsc::channel(4);
        let chunks = stream::iter([Ok("one")]).chain(stream::pending());
        feed(chunks, &sender, Duration::from_millis(20)).await;
        // A body that arrives a byte at a time times out as well.
        let slow = stream::repeat(()).then(async |()| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok("x")
        });
        let (dripped, mut slow_receiver) = mpsc::channel(4096);
        feed(slow, &dripped, Duration::from_millis(50)).await;
        drop(dripped);
        let mut last = None;
        while let Some(chunk) = slow_receiver.recv().await {
            last = Some(chunk);
        }
        assert_eq!(last, Some(Err(Problem::new(ErrorCode::Timeout))));
        assert_eq!(receiver.recv().await, Some(Ok("one")));
        assert_eq!(receiver.recv().await, Some(Err(Problem::new(ErrorCode::Timeout))));
    }
}
