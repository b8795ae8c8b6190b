//! Reading one record, or a page of a list.

use super::adopt::found_live;
use super::present::{self, present_rows, text};
use super::{Name, Written, live};
use crate::clock::Clock;
use crate::db::paging::{self, Order, Paging, Position, Row};
use crate::db::sql::Clause;
use crate::db::texts::Wanted;
use crate::db::{Conn, Outcome};
use crate::registry::store::{self, Head};
use crate::vocabulary::Kind;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Reads one record: its version and its presented form.
///
/// # Errors
/// 404, 410; when the database fails.
pub fn one(tx: &mut Conn, kind: Kind, name: &Name, clock: &Clock) -> Outcome<(i64, Map<String, Value>)> {
    let head = found_live(tx, kind, name)?;
    show(tx, kind, &head, clock)
}

/// The version and the presented form of a live record.
pub(super) fn show(
    tx: &mut Conn,
    kind: Kind,
    head: &Head,
    clock: &Clock,
) -> Outcome<(i64, Map<String, Value>)> {
    Ok((head.version, present::one(tx, kind, head, clock)?))
}

/// The version and the JSON text of a record that has just been written; of its row as it was given back, or as it is
/// now.
///
/// # Errors
/// When the database fails.
pub fn written(tx: &mut Conn, kind: Kind, written: &Written, clock: &Clock) -> Outcome<(i64, String)> {
    let head = match &written.row {
        Some(head) => head.clone(),
        None => live(tx, kind, &Name::Id(written.id))?,
    };
    Ok((head.version, text(tx, kind, &head, clock)?))
}

/// What a list asks.
#[derive(Debug, Clone)]
pub struct Search {
    /// The kind.
    pub kind: Kind,
    /// The conditions.
    pub filter: Clause,
    /// What the texts must have.
    pub words: Wanted,
    /// The order.
    pub order: Vec<Order>,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// The most records of a page.
    pub limit: i64,
    /// Whether all are counted.
    pub count: bool,
    /// The day of which it is to be said what held then.
    pub valid_on: Option<Date>,
}

impl Search {
    fn paging(&self, limit: i64) -> Paging {
        Paging {
            kind: self.kind.as_str(),
            table: self.kind.shelf().table(),
            filter: self.filter.clone(),
            words: self.words.clone(),
            order: self.order.clone(),
            after: self.after.clone(),
            limit,
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, presented.
    pub items: Vec<Map<String, Value>>,
    /// Where this page ends, when there is another.
    pub next: Option<Position>,
    /// How many there are in all, when asked.
    pub total: Option<i64>,
}

/// A page of a list, as stored.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The records.
    pub rows: Vec<Row>,
    /// Where this page ends, when there is another.
    pub next: Option<Position>,
}

/// Reads a live record as stored, by one statement.
///
/// # Errors
/// When the database fails.
pub fn plain(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Option<Row>> {
    let condition = match name {
        Name::Id(id) => store::is_live(kind, *id),
        Name::Identifier(identifier) => store::is_bearer(kind, identifier),
    };
    Ok(paging::row(tx, condition)?)
}

/// Reads a page of a list as stored, by one statement, whatever of it is to be counted or marked.
///
/// # Errors
/// When the database fails.
pub fn rows(tx: &mut Conn, search: &Search) -> Outcome<Rows> {
    let (mut rows, is_cut) = search.paging(search.limit + 1).load(tx)?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let more = is_cut || rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.position(search.order.len()));
    Ok(Rows { rows, next })
}

/// How many records a list has in all.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut Conn, search: &Search) -> Outcome<i64> {
    Ok(search.paging(search.limit + 1).count(tx)?)
}

/// Reads a page of a list.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut Conn, search: &Search, clock: &Clock) -> Outcome<Page> {
    let Rows { rows, next } = rows(tx, search)?;
    let mut items = present_rows(tx, search.kind, &rows, clock)?;
    if let (Some(day), Some(validity)) = (search.valid_on, search.kind.shelf().validity()) {
        for record in &mut items {
            validity.mark(record, day, clock.today());
        }
    }
    let total = if search.count { Some(count(tx, search)?) } else { None };
    Ok(Page { items, next, total })
}
