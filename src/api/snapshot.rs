//! `GET /v1/snapshot`: streams every record of one database snapshot as NDJSON.

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

/// Streams a snapshot; the header `change-cursor` and the last line have the cursor from which the change
/// feed goes on.
///
/// # Errors
/// 429 or 503 when too many downloads are running, of one address or in total.
pub async fn snapshot(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let kinds = read_kind_set(&mut params);
    params.finish()?;
    let permit =
        state.http.concurrency.downloads.acquire(state.http.trusted_proxies.caller_network(&request))?;
    let mut body = stream_snapshot(&state.db.primary(), permit, &state.cursor_signer, kinds);
    let cursor = body.receive_head().await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_TYPE, "application/x-ndjson"));
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header(("change-cursor", cursor));
    if *request.method() == Method::HEAD {
        return Ok(response.streaming(stream::empty::<Result<Bytes>>()));
    }
    Ok(response.streaming(body.into_byte_stream()))
}

/// Starts to read a snapshot of some kinds, or of all when `kinds` is empty. The head of the stream is the
/// cursor from which the change feed goes on. `permit` is dropped when all has been read.
fn stream_snapshot(
    db: &Db,
    permit: impl Send + 'static,
    signer: &CursorSigner,
    kinds: Vec<Kind>,
) -> StreamedBody<String> {
    let signer = signer.clone();
    streaming::start_streaming(db, permit, move |tx, mut writer| {
        let bounds = log_bounds(tx)?;
        let filter = ChangeFilter { kinds: kinds.clone(), exclude_origin: None };
        let cursor = FeedCursor { epoch: bounds.epoch, seq: bounds.head, filter }.encode(&signer);
        if let Err(error) = writer.send_head(cursor.clone()) {
            return Ok(Err(error));
        }
        let mut out = writer.into_buffered();
        Ok(export::write_records(tx, &kinds, &mut out)?.and_then(|count| {
            export::write_end_line(&mut out, &json!({"kind": "end", "count": count, "cursor": cursor}))
        }))
    })
}
