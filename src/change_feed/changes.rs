//! Reads pages of the change log, filtered by kind and origin.
//!
//! The log holds every version of every record, in commit order.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::store::damage::StoredRowId;
use crate::store::versions::Version;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::Value;

/// Which changes a reader asks for: the filter parameters of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ChangeFilter {
    /// Only records of these kinds; of all kinds when empty.
    pub kinds: Vec<Kind>,
    /// Leaves out changes of this origin.
    pub exclude_origin: Option<String>,
}

impl ChangeFilter {
    /// Whether a cursor of this filter may be used with `other`: `other` must be the same or narrower, else
    /// the reader would have missed changes before the cursor.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let kinds = self.kinds.is_empty()
            || (!other.kinds.is_empty() && other.kinds.iter().all(|kind| self.kinds.contains(kind)));
        kinds && (self.exclude_origin.is_none() || self.exclude_origin == other.exclude_origin)
    }

    /// The filter as an SQL condition on `changes`.
    fn condition(&self) -> SqlFragment {
        let kinds = self.kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        let kinds = (!self.kinds.is_empty()).then(|| SqlFragment::new("kind IN ").bind_list(kinds));
        let not_origin =
            self.exclude_origin.as_ref().map(|origin| SqlFragment::new("origin <> ").bind_text(origin));
        SqlFragment::all(kinds.into_iter().chain(not_origin))
    }
}

/// A change: a row of the change log.
#[derive(Debug, Queryable)]
pub struct ChangeRow {
    record_id: Id,
    kind: String,
    body: Option<String>,
    /// The version that the change made: number, operation, origin, time.
    pub version: Version,
}

const COLUMNS: &str = "record_id, kind, body, seq, version, op, origin, actor, at, batch_id, changed, comment, \
                       overrode, replaced_by";

type VersionSqlType = (
    BigInt,
    BigInt,
    Text,
    Text,
    Text,
    BigInt,
    UuidSql,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<UuidSql>,
);
type ChangeRowSqlType = (UuidSql, Text, Nullable<Text>, VersionSqlType);

impl ChangeRow {
    /// The change as JSON text. The stored JSON of the record is spliced in unchanged, after it has been
    /// verified.
    ///
    /// # Errors
    /// 500 `damaged_record` when the stored record or its metadata cannot be read.
    pub fn to_json(&self) -> Result<String> {
        let mut item = self.version.to_members(&self.kind, self.record_id)?;
        item.shift_insert(1, "kind".into(), self.kind.as_str().into());
        item.shift_insert(2, "id".into(), self.record_id.to_string().into());
        let mut text = Value::Object(item).to_string();
        if let Some(body) = &self.body {
            stored_content::verify_content(
                StoredRowId { kind: &self.kind, id: self.record_id, version: self.version.version },
                body,
            )?;
            text.pop();
            text.push_str(",\"record\":");
            text.push_str(body);
            text.push('}');
        }
        Ok(text)
    }
}

/// A page of the log.
#[derive(Debug, Default)]
pub struct ChangePage {
    /// The changes, oldest first.
    pub rows: Vec<ChangeRow>,
    /// Whether more changes follow.
    pub has_more: bool,
}

/// Rows read per statement.
const BATCH_SIZE: i64 = 200;

/// A page ends early once its records have this many bytes.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// Reads the first `limit` changes with a number above `after` that match the filter; fewer when they are
/// large.
pub fn read_page(tx: &mut Conn, filter: &ChangeFilter, after: i64, limit: i64) -> TxResult<ChangePage> {
    let mut page = ChangePage::default();
    let (mut bytes, mut after, mut remaining) = (0, after, limit + 1);
    while remaining > 0 && bytes < MAX_PAGE_BYTES {
        let count = remaining.min(BATCH_SIZE);
        let query = SqlFragment::new(format!("SELECT {COLUMNS} FROM changes WHERE "))
            .append(SqlFragment::time_limit())
            .sql(" AND seq > ")
            .bind(BindValue::Int(after))
            .sql(" AND ")
            .append(filter.condition())
            .sql(" ORDER BY seq LIMIT ")
            .bind(BindValue::Int(count));
        let rows: Vec<ChangeRow> = Statement::<ChangeRowSqlType>::new(query).load(tx)?;
        let read = i64::try_from(rows.len()).unwrap_or(count);
        bytes += rows.iter().map(|row| row.body.as_ref().map_or(0, String::len)).sum::<usize>();
        after = rows.last().map_or(after, |row| row.version.seq);
        page.rows.extend(rows);
        remaining = if read < count { 0 } else { remaining - count };
        page.has_more = read == count;
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    page.has_more = page.has_more && (page.rows.len() > limit || bytes >= MAX_PAGE_BYTES);
    page.rows.truncate(limit);
    Ok(page)
}
