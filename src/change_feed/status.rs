//! How far the keys have read, and which of their writes others stand in the way of.

use super::changes::ChangeFilter;
use super::cursor::FeedCursor;
use crate::auth::api_key::ApiKey;
use crate::auth::key_store;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{changes, conflicts, readers, records};
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::store::changes::{LogBounds, log_bounds};
use crate::store::damage::StoredRowId;
use crate::util::clock::rfc3339;
use crate::util::cursor::CursorSigner;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

/// Conflicts told of a key.
const MAX_CONFLICTS: i64 = 100;

/// The state of the keys that have read the feed or met a conflict; only of `key` itself unless it may do everything.
///
/// # Errors
/// When the database fails.
pub fn read_status(tx: &mut Conn, key: &ApiKey, sealer: &CursorSigner, now: i64) -> TxResult<Value> {
    let extent = log_bounds(tx)?;
    let keys = if key.is_admin() { key_store::all(tx)? } else { vec![key.clone()] };
    let mut items = Vec::new();
    for one in keys {
        let place = readers::table.find(&one.id).select((readers::seq, readers::at));
        let place: Option<(i64, i64)> = place.first(tx).optional()?;
        let conflicts = read_conflicts(tx, &one.id)?;
        if one.id == key.id || place.is_some() || !conflicts.is_empty() {
            items.push(reader_json(tx, &one, place, conflicts, &extent, sealer, now)?);
        }
    }
    Ok(json!({"head": extent.head, "items": items}))
}

fn reader_json(
    tx: &mut Conn,
    key: &ApiKey,
    place: Option<(i64, i64)>,
    conflicts: Vec<Value>,
    extent: &LogBounds,
    sealer: &CursorSigner,
    now: i64,
) -> TxResult<Value> {
    let seq = place.map_or(extent.base, |(seq, _)| seq);
    let next = changes::table.filter(changes::seq.gt(seq)).select(changes::at).order(changes::seq);
    let oldest: Option<i64> = next.first(tx).optional()?;
    let seconds = oldest.map_or(0, |at| (now - at).max(0) / 1_000_000);
    let mut item = Map::new();
    item.insert("key".into(), json!({"id": key.id, "name": key.name, "origin": key.origin}));
    if let Some((seq, at)) = place {
        let position = FeedCursor { epoch: extent.epoch.clone(), seq, filter: ChangeFilter::default() };
        item.insert(
            "last_read".into(),
            json!({"seq": seq, "cursor": position.encode(sealer), "at": rfc3339(at)}),
        );
    }
    item.insert("lag".into(), json!({"changes": (extent.head - seq).max(0), "seconds": seconds}));
    item.insert("conflicts".into(), conflicts.into());
    Ok(item.into())
}

fn read_conflicts(tx: &mut Conn, key: &str) -> TxResult<Vec<Value>> {
    let rows: Vec<(Id, String, String, String, i64)> = conflicts::table
        .inner_join(records::table.on(records::id.eq(conflicts::record_id)))
        .filter(conflicts::key_id.eq(key))
        .select((records::id, records::kind, conflicts::code, conflicts::pointers, conflicts::at))
        .order((conflicts::at.desc(), records::id))
        .limit(MAX_CONFLICTS)
        .load(tx)?;
    let told = |(id, kind, code, pointers, at): (Id, String, String, String, i64)| {
        let path = Kind::from_name(&kind).map_or("", Kind::path);
        let pointers: Value = StoredRowId { kind: &kind, id, version: 0 }.parse_json(&pointers)?;
        Ok(json!({
            "kind": kind, "id": id.to_string(), "href": format!("/v1/{path}/{id}"),
            "code": code, "pointers": pointers, "at": rfc3339(at)
        }))
    };
    rows.into_iter().map(told).collect()
}
