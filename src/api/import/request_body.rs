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

/// How long it may take until so much of a body has arrived.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The least that arrives in that time, in bytes.
const MIN_BYTES_PER_TIMEOUT: usize = 16 << 10;

/// The pieces of a body that wait to be read.
const CHANNEL_CAPACITY: usize = 16;

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

/// The form of the body, and whether it is compressed.
pub(super) fn parse_body_format(request: &HttpRequest) -> Result<(BodyFormat, bool)> {
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

/// Reads the whole body, on a thread that may wait, and makes of it what `then` says.
pub(super) async fn read_body<T: Send + 'static>(
    payload: Payload,
    form: BodyFormat,
    gzip: bool,
    report: ImportReport,
    then: impl FnOnce((RecordSpool, ImportReport)) -> T + Send + 'static,
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

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
