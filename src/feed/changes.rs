//! The change log, read: every version of every record, in the order of the commits.

use crate::db::schema::feed_head;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::{Id, UuidSql};
use crate::db::{self, Conn, TxResult, paging::Statement};
use crate::error::{ErrorCode, Problem, Result};
use crate::registry::content::StoredRowId;
use crate::registry::store::Version;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which changes a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ChangeFilter {
    /// Of these kinds; of any when empty.
    pub kinds: Vec<Kind>,
    /// Not those of this origin.
    pub exclude_origin: Option<String>,
}

impl ChangeFilter {
    /// Whether a reader who has seen this selection up to a position may go on with `other` from there.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let kinds = self.kinds.is_empty()
            || (!other.kinds.is_empty() && other.kinds.iter().all(|kind| self.kinds.contains(kind)));
        kinds && (self.exclude_origin.is_none() || self.exclude_origin == other.exclude_origin)
    }

    fn condition(&self) -> SqlFragment {
        let kinds = self.kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        let kinds = (!self.kinds.is_empty()).then(|| SqlFragment::new("kind IN ").bind_list(kinds));
        let without =
            self.exclude_origin.as_ref().map(|origin| SqlFragment::new("origin <> ").bind_text(origin));
        SqlFragment::all(kinds.into_iter().chain(without))
    }
}

/// Stretches of the log in which a selection finds nothing, so that a reader who leaves out a large import does not walk
/// through it each time. The log only grows, so what was found empty stays so.
#[derive(Debug, Clone, Default)]
pub struct EmptyRanges(Arc<Mutex<HashMap<(i64, ChangeFilter), i64>>>);

impl EmptyRanges {
    /// The most that are remembered.
    const MAX_RANGES: usize = 1000;

    /// From where the changes after a number have to be looked for.
    #[must_use]
    pub fn skip_to(&self, after: i64, selection: &ChangeFilter) -> i64 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(after, selection.clone())).copied().unwrap_or(after)
    }

    /// There is nothing for a selection after `after` up to `end`.
    pub fn note_empty(&self, after: i64, selection: &ChangeFilter, end: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MAX_RANGES {
            known.clear();
        }
        known.insert((after, selection.clone()), end);
    }
}

/// Where the log begins and ends, and its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogBounds {
    /// The numbering, until the registry is restored.
    pub epoch: String,
    /// The number before the first change.
    pub base: i64,
    /// The number of the newest change.
    pub head: i64,
}

/// Where the log begins and ends.
///
/// # Errors
/// When the database fails.
pub fn log_bounds(tx: &mut Conn) -> TxResult<LogBounds> {
    let epoch = epoch(tx)?;
    let (base, head) = feed_head::table.select((feed_head::base, feed_head::seq)).first(tx)?;
    Ok(LogBounds { epoch, base, head })
}

/// The numbering of the log.
///
/// # Errors
/// When the database fails, or lacks it: then no cursor can be told from one of another numbering.
pub fn epoch(tx: &mut Conn) -> TxResult<String> {
    let epoch = db::read_setting(tx, "epoch")?.filter(|epoch| !epoch.is_empty());
    Ok(epoch.ok_or_else(|| {
        log::error!("the database has no `epoch` among its settings");
        Problem::new(ErrorCode::Internal)
    })?)
}

/// A row of the log.
#[derive(Debug, Queryable)]
pub struct ChangeRow {
    record_id: Id,
    kind: String,
    body: Option<String>,
    /// What was done.
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
    /// The change as JSON. The record is spliced in as it is stored, byte for byte.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn to_json(&self) -> Result<String> {
        let mut item = self.version.to_members(&self.kind, self.record_id)?;
        item.shift_insert(1, "kind".into(), self.kind.as_str().into());
        item.shift_insert(2, "id".into(), self.record_id.to_string().into());
        let mut text = Value::Object(item).to_string();
        if let Some(body) = &self.body {
            StoredRowId { kind: &self.kind, id: self.record_id, version: self.version.version }
                .verify_content(body)?;
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
    /// Whether more follow.
    pub has_more: bool,
}

/// Rows read at a time.
const BATCH_SIZE: i64 = 200;
/// A page ends early when its records have this many bytes.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// The changes after a number.
///
/// # Errors
/// When the database fails.
pub fn read_page(tx: &mut Conn, selection: &ChangeFilter, after: i64, limit: i64) -> TxResult<ChangePage> {
    let mut page = ChangePage::default();
    let (mut bytes, mut after, mut wanted) = (0, after, limit + 1);
    while wanted > 0 && bytes < MAX_PAGE_BYTES {
        let count = wanted.min(BATCH_SIZE);
        let query = SqlFragment::new(format!("SELECT {COLUMNS} FROM changes WHERE "))
            .append(SqlFragment::time_limit())
            .sql(" AND seq > ")
            .bind(BindValue::Int(after))
            .sql(" AND ")
            .append(selection.condition())
            .sql(" ORDER BY seq LIMIT ")
            .bind(BindValue::Int(count));
        let rows: Vec<ChangeRow> = Statement::<ChangeRowSqlType>::new(query).load(tx)?;
        let read = i64::try_from(rows.len()).unwrap_or(count);
        bytes += rows.iter().map(|row| row.body.as_ref().map_or(0, String::len)).sum::<usize>();
        after = rows.last().map_or(after, |row| row.version.seq);
        page.rows.extend(rows);
        wanted = if read < count { 0 } else { wanted - count };
        page.has_more = read == count;
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    page.has_more = page.has_more && (page.rows.len() > limit || bytes >= MAX_PAGE_BYTES);
    page.rows.truncate(limit);
    Ok(page)
}
