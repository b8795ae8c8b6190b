//! Reads one record, or a keyset-paged list of records, from the database.

use super::presentation::{self, present_rows};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::fulltext::TextQuery;
use crate::db::keyset_paging::{self, KeysetPosition, KeysetQuery, ListRow, OrderKey};
use crate::db::sql::SqlFragment;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::records::find::find_live_or_successor;
use crate::records::record_key::RecordKey;
use crate::store::records::{self, RecordRow};
use crate::util::clock::Clock;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Reads one record: its version and its presented form.
///
/// # Errors
/// 404, 410.
pub fn read_record(
    tx: &mut Conn,
    kind: Kind,
    key: &RecordKey,
    clock: &Clock,
) -> TxResult<(i64, Map<String, Value>)> {
    let head = find_live_or_successor(tx, kind, key)?;
    present_with_version(tx, kind, &head, clock)
}

/// Returns the version and the presented form of a live record.
pub(super) fn present_with_version(
    tx: &mut Conn,
    kind: Kind,
    head: &RecordRow,
    clock: &Clock,
) -> TxResult<(i64, Map<String, Value>)> {
    Ok((head.version, presentation::present_record(tx, kind, head, clock)?))
}

/// The query of a list.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// The kind.
    pub kind: Kind,
    /// The conditions.
    pub filter: SqlFragment,
    /// The full-text condition.
    pub text_query: TextQuery,
    /// The sort order.
    pub order: Vec<OrderKey>,
    /// The position after which the page begins.
    pub after: Option<KeysetPosition>,
    /// The maximum number of records.
    pub limit: i64,
    /// Whether to count all records.
    pub wants_total: bool,
    /// The day for which `holds` is computed.
    pub valid_on: Option<Date>,
}

impl ListQuery {
    fn keyset_page(&self, limit: i64) -> KeysetQuery {
        KeysetQuery {
            kind: self.kind.as_str(),
            table: all::definition(self.kind).table(),
            filter: self.filter.clone(),
            words: self.text_query.clone(),
            order: self.order.clone(),
            after: self.after.clone(),
            limit,
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct RecordPage {
    /// The records, presented.
    pub items: Vec<Map<String, Value>>,
    /// The position of the next page, if there is one.
    pub next: Option<KeysetPosition>,
    /// The total number of records, if asked for.
    pub total: Option<i64>,
}

/// A page of a list, as stored.
#[derive(Debug, Clone)]
pub struct RowPage {
    /// The rows.
    pub rows: Vec<ListRow>,
    /// The position of the next page, if there is one.
    pub next: Option<KeysetPosition>,
}

/// Reads a live record as stored, in one statement.
pub fn read_row(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<Option<ListRow>> {
    let condition = match key {
        RecordKey::Id(id) => records::live_by_id(kind, *id),
        RecordKey::Identifier(identifier) => records::live_by_identifier(kind, identifier),
    };
    Ok(keyset_paging::find_row(tx, condition)?)
}

/// Reads a page of a list as stored, in one statement, without total and without `holds`.
pub fn list_rows(tx: &mut Conn, search: &ListQuery) -> TxResult<RowPage> {
    let (mut rows, is_cut) = search.keyset_page(search.limit + 1).load(tx)?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let more = is_cut || rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.position(search.order.len()));
    Ok(RowPage { rows, next })
}

/// Counts the records of a list.
pub fn count(tx: &mut Conn, search: &ListQuery) -> TxResult<i64> {
    Ok(search.keyset_page(search.limit + 1).count(tx)?)
}

/// Reads a page of a list.
pub fn list(tx: &mut Conn, search: &ListQuery, clock: &Clock) -> TxResult<RecordPage> {
    let RowPage { rows, next } = list_rows(tx, search)?;
    let mut items = present_rows(tx, search.kind, &rows, clock)?;
    if let (Some(day), Some(validity)) = (search.valid_on, all::definition(search.kind).validity_rules()) {
        for record in &mut items {
            validity.mark_holds(record, day, clock.today());
        }
    }
    let total = if search.wants_total { Some(count(tx, search)?) } else { None };
    Ok(RecordPage { items, next, total })
}
