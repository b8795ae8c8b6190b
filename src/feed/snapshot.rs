//! Every record of one moment, sent while it is read.

use super::changes::{Selection, extent};
use super::export;
use super::position::Position;
use crate::db::Db;
use crate::http::cursor::Sealer;
use crate::http::pipe::{self, Body};
use crate::vocabulary::Kind;
use serde_json::json;

/// Starts to read a snapshot of some kinds (of all, when there are none). Its head is the cursor from which the feed
/// goes on. `place` is held until it has been read.
#[must_use]
pub fn start(db: &Db, place: impl Send + 'static, sealer: &Sealer, kinds: Vec<Kind>) -> Body<String> {
    let sealer = sealer.clone();
    pipe::start(db, place, move |tx, mut pipe| {
        let extent = extent(tx)?;
        let selection = Selection { kinds: kinds.clone(), without: None };
        let cursor = Position { epoch: extent.epoch, seq: extent.head, selection }.seal(&sealer);
        if let Err(error) = pipe.head(cursor.clone()) {
            return Ok(Err(error));
        }
        let mut out = pipe.buffered();
        Ok(export::records(tx, &kinds, &mut out)?.and_then(|count| {
            export::end(&mut out, &json!({"kind": "end", "count": count, "cursor": cursor}))
        }))
    })
}
