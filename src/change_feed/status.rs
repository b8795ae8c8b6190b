//! Sync status of API keys: last change read, lag, open write conflicts.

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

/// The most conflicts listed per key, newest first.
const MAX_CONFLICTS: i64 = 100;

/// The answer of `GET /v1/sync/status`: for an administrator every key that has read the feed or has a
/// conflict, for other keys only `key` itself.
pub fn read_status(tx: &mut Conn, key: &ApiKey, signer: &CursorSigner, now: i64) -> TxResult<Value> {
    let bounds = log_bounds(tx)?;
    let keys = if key.is_admin() { key_store::all(tx)? } else { vec![key.clone()] };
    let mut items = Vec::new();
    for reader in keys {
        let position = readers::table.find(&reader.id).select((readers::seq, readers::at));
        let position: Option<(i64, i64)> = position.first(tx).optional()?;
        let conflicts = read_conflicts(tx, &reader.id)?;
        if reader.id == key.id || position.is_some() || !conflicts.is_empty() {
            items.push(reader_json(tx, &reader, position, conflicts, &bounds, signer, now)?);
        }
    }
    Ok(json!({"head": bounds.head, "items": items}))
}

/// The entry of one key.
fn reader_json(
    tx: &mut Conn,
    key: &ApiKey,
    position: Option<(i64, i64)>,
    conflicts: Vec<Value>,
    bounds: &LogBounds,
    signer: &CursorSigner,
    now: i64,
) -> TxResult<Value> {
    let seq = position.map_or(bounds.base, |(seq, _)| seq);
    let next = changes::table.filter(changes::seq.gt(seq)).select(changes::at).order(changes::seq);
    let oldest: Option<i64> = next.first(tx).optional()?;
    let seconds = oldest.map_or(0, |at| (now - at).max(0) / 1_000_000);
    let mut item = Map::new();
    item.insert("key".into(), json!({"id": key.id, "name": key.name, "origin": key.origin}));
    if let Some((seq, at)) = position {
        let cursor = FeedCursor { epoch: bounds.epoch.clone(), seq, filter: ChangeFilter::default() };
        item.insert(
            "last_read".into(),
            json!({"seq": seq, "cursor": cursor.encode(signer), "at": rfc3339(at)}),
        );
    }
    item.insert("lag".into(), json!({"changes": (bounds.head - seq).max(0), "seconds": seconds}));
    item.insert("conflicts".into(), conflicts.into());
    Ok(item.into())
}

/// The open write conflicts of a key, newest first.
fn read_conflicts(tx: &mut Conn, key: &str) -> TxResult<Vec<Value>> {
    let rows: Vec<(Id, String, String, String, i64)> = conflicts::table
        .inner_join(records::table.on(records::id.eq(conflicts::record_id)))
        .filter(conflicts::key_id.eq(key))
        .select((records::id, records::kind, conflicts::code, conflicts::pointers, conflicts::at))
        .order((conflicts::at.desc(), records::id))
        .limit(MAX_CONFLICTS)
        .load(tx)?;
    let to_json = |(id, kind, code, pointers, at): (Id, String, String, String, i64)| {
        let path = Kind::from_name(&kind).map_or("", Kind::path);
        let pointers: Value = StoredRowId { kind: &kind, id, version: 0 }.parse_json(&pointers)?;
        Ok(json!({
            "kind": kind, "id": id.to_string(), "href": format!("/v1/{path}/{id}"),
            "code": code, "pointers": pointers, "at": rfc3339(at)
        }))
    };
    rows.into_iter().map(to_json).collect()
}
