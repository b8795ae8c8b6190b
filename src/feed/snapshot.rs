//! Every record of one moment, sent while it is read.

use super::changes::{ChangeFilter, log_bounds};
use super::export;
use super::position::FeedCursor;
use crate::db::Db;
use crate::http::cursor::CursorSigner;
use crate::http::pipe::{self, StreamedBody};
use crate::vocabulary::Kind;
use serde_json::json;

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
    pipe::start_streaming(db, place, move |tx, mut pipe| {
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
