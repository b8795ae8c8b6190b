//! Reading one record, or a page of a list.

use super::present::present;
use super::{Name, live};
use crate::clock::Clock;
use crate::db::paging::{Order, Paging, Position};
use crate::db::sql::Clause;
use crate::db::{Conn, Outcome};
use crate::registry::store::Head;
use crate::vocabulary::Kind;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Reads one record: its version and its presented form.
///
/// # Errors
/// 404, 410; when the database fails.
pub fn one(tx: &mut Conn, kind: Kind, name: &Name, clock: &Clock) -> Outcome<(i64, Map<String, Value>)> {
    let head = live(tx, kind, name)?;
    show(tx, kind, &head, clock)
}

/// The version and the presented form of a live record.
///
/// # Errors
/// When the database fails.
pub fn show(tx: &mut Conn, kind: Kind, head: &Head, clock: &Clock) -> Outcome<(i64, Map<String, Value>)> {
    let records = present(tx, kind, &[(head.id, &head.name, &head.content)], clock)?;
    Ok((head.version, records.into_iter().next().unwrap_or_default()))
}

/// What a list asks.
#[derive(Debug, Clone)]
pub struct Search {
    /// The kind.
    pub kind: Kind,
    /// The conditions.
    pub filter: Clause,
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

/// Reads a page of a list.
///
/// # Errors
/// When the database fails.
pub fn list(tx: &mut Conn, search: Search, clock: &Clock) -> Outcome<Page> {
    let Search { kind, filter, order, after, limit, count, valid_on } = search;
    let keys = order.len();
    let paging =
        Paging { kind: kind.as_str(), table: kind.shelf().table(), filter, order, after, limit: limit + 1 };
    let mut rows = paging.load(tx)?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| row.position(keys));
    let stored: Vec<_> = rows.iter().map(|row| (row.id, row.name.as_str(), row.content.as_str())).collect();
    let mut items = present(tx, kind, &stored, clock)?;
    if let (Some(day), Some(validity)) = (valid_on, kind.shelf().validity()) {
        for record in &mut items {
            validity.mark(record, day, clock.today());
        }
    }
    let total = if count { Some(paging.count(tx)?) } else { None };
    Ok(Page { items, next, total })
}
