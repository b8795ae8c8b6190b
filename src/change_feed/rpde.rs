//! Pages of `OpenActive` RPDE 1.0 (Realtime Paged Data Exchange), ordered by change number.
//!
//! Every record of a kind appears once, at its newest change; a tombstone appears as `deleted`.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::store::changes::{LogBounds, log_bounds};
use crate::store::damage::StoredRowId;
use crate::store::records::LIVE;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;

/// Records per page.
const PAGE_SIZE: usize = 500;

/// A record of a page: number of its newest change, id, version, state, content.
type RpdeRow = (i64, Id, i64, String, String);

/// A page of an RPDE feed.
#[derive(Debug)]
pub struct RpdePage {
    /// The first and last number of the log, and its epoch.
    pub log_bounds: LogBounds,
    /// The records, in the order of their newest changes.
    rows: Vec<RpdeRow>,
}

/// Reads the next records of a kind whose newest change has a number above `after`. A record that changes
/// while a reader pages moves to the end of the feed, so that none is missed.
///
/// # Errors
/// 500 `damaged_record` when a stored record cannot be read.
pub fn read_page(tx: &mut Conn, kind: Kind, after: i64) -> TxResult<RpdePage> {
    let query = SqlFragment::new(
        "SELECT c.seq, r.id, r.version, r.state, r.content FROM changes c JOIN records r \
         ON r.id = c.record_id AND r.version = c.version WHERE c.kind = ",
    )
    .bind_text(kind.as_str())
    .sql(" AND c.seq > ")
    .bind(BindValue::Int(after))
    .sql(format!(" ORDER BY c.seq LIMIT {PAGE_SIZE}"));
    let rows: Vec<RpdeRow> = Statement::<(BigInt, UuidSql, BigInt, Text, Text)>::new(query).load(tx)?;
    for (_, id, version, _, content) in rows.iter().filter(|row| row.3 == LIVE) {
        stored_content::verify_content(
            StoredRowId { kind: kind.as_str(), id: *id, version: *version },
            content,
        )?;
    }
    Ok(RpdePage { log_bounds: log_bounds(tx)?, rows })
}

impl RpdePage {
    /// The number of the last change of the page; `after` when the page is empty.
    #[must_use]
    pub fn last(&self, after: i64) -> i64 {
        self.rows.last().map_or(after, |(seq, ..)| *seq)
    }

    /// Whether the page is full. Only a full page may be cached: new changes are appended to others.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() == PAGE_SIZE
    }

    /// The page as JSON text; `next` is the absolute URL of the next page.
    #[must_use]
    pub fn to_json(&self, kind: Kind, next: &str) -> String {
        let mut text = format!("{{\"next\":{},\"license\":\"{LICENCE_URL}\",\"items\":[", json!(next));
        for (index, (seq, id, _, state, content)) in self.rows.iter().enumerate() {
            let is_live = state == LIVE;
            let state = if is_live { "updated" } else { "deleted" };
            let item = json!({"state": state, "kind": kind.as_str(), "id": id.to_string(), "modified": seq});
            let mut item = item.to_string();
            if is_live {
                item.pop();
                item.push_str(",\"data\":");
                item.push_str(content);
                item.push('}');
            }
            text.push_str(if index == 0 { "" } else { "," });
            text.push_str(&item);
        }
        text.push_str("]}");
        text
    }
}

/// The licence of the data: CC BY 4.0.
const LICENCE_URL: &str = "https://creativecommons.org/licenses/by/4.0/";
