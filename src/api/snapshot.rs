//! Every record of one moment, sent while it is read.

use super::filter_params::read_kind_set;
use super::state::AppState;
use crate::change_feed::changes::ChangeFilter;
use crate::change_feed::cursor::FeedCursor;
use crate::db::database::Db;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::http::query_params::QueryParams;
use crate::http::streaming::{self, StreamedBody};
use crate::store::changes::log_bounds;
use crate::transfer::export;
use crate::util::cursor::CursorSigner;
use actix_web::http::{Method, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::json;

/// `GET /v1/snapshot`: every record of one moment, one a line, and where the feed goes on from there.
///
/// # Errors
/// 400; 503 when too many are being read.
pub async fn snapshot(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let kinds = read_kind_set(&mut params);
    params.finish()?;
    let place = state.concurrency.downloads.acquire(state.trusted_proxies.caller_network(&request))?;
    let mut body = stream_snapshot(&state.db.primary(), place, &state.cursor_signer, kinds);
    let cursor = body.receive_head().await?;
    let mut reply = HttpResponse::Ok();
    reply.insert_header((header::CONTENT_TYPE, "application/x-ndjson"));
    reply.insert_header((header::CACHE_CONTROL, "no-store")).insert_header(("change-cursor", cursor));
    if *request.method() == Method::HEAD {
        return Ok(reply.streaming(stream::empty::<Result<Bytes>>()));
    }
    Ok(reply.streaming(body.into_byte_stream()))
}

/// Starts to read a snapshot of some kinds (of all, when there are none). Its head is the cursor from which the feed
/// goes on. `place` is held until it has been read.
#[must_use]
pub fn stream_snapshot(
    db: &Db,
    place: impl Send + 'static,
    sealer: &CursorSigner,
    kinds: Vec<Kind>,
) -> StreamedBody<String> {
    let sealer = sealer.clone();
    streaming::start_streaming(db, place, move |tx, mut pipe| {
        let extent = log_bounds(tx)?;
        let selection = ChangeFilter { kinds: kinds.clone(), exclude_origin: None };
        let cursor = FeedCursor { epoch: extent.epoch, seq: extent.head, filter: selection }.encode(&sealer);
        if let Err(error) = pipe.send_head(cursor.clone()) {
            return Ok(Err(error));
        }
        let mut out = pipe.into_buffered();
        Ok(export::write_records(tx, &kinds, &mut out)?.and_then(|count| {
            export::write_end_line(&mut out, &json!({"kind": "end", "count": count, "cursor": cursor}))
        }))
    })
}
