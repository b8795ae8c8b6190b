//! The records that refer to a record, by collection.

use super::read::{Page, Search, list};
use crate::clock::Clock;
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::texts::Wanted;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::filter::{self, Test};
use crate::registry::store;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Map, Value};

/// The most records of a collection that are included.
pub const MOST_INCLUDED: i64 = 50;

/// The records of one collection that refer to a record.
#[derive(Debug, Clone)]
pub struct Included {
    /// Their kind.
    pub kind: Kind,
    /// The record that they refer to.
    pub of: Id,
    /// The first of them, in the order of their list.
    pub page: Page,
    /// The parameter of their list that finds just these, where there is one and more of them.
    pub filter: Option<&'static str>,
}

/// Reads what refers to an answered record otherwise than by citing it, a statement or two for each kind.
///
/// # Errors
/// When the database fails.
pub fn include(
    tx: &mut Conn,
    record: &Map<String, Value>,
    kinds: &[Kind],
    clock: &Clock,
) -> Outcome<Vec<Included>> {
    let id = record.get("id").and_then(Value::as_str).and_then(store::parse_id);
    let Some(of) = id else { return Ok(vec![]) };
    let mut included = Vec::new();
    for kind in kinds.iter().copied() {
        let shelf = kind.shelf();
        let search = Search {
            kind,
            filter: Clause::new("t.id IN (SELECT f.from_record").then(referring(of)).sql(")"),
            words: Wanted::default(),
            order: filter::order(shelf.default_sort(), shelf.sorts()).unwrap_or_default(),
            after: None,
            limit: MOST_INCLUDED,
            count: true,
            valid_on: None,
        };
        let page = list(tx, &search, clock)?;
        let filter = if page.next.is_some() { fitting(tx, kind, of)? } else { None };
        included.push(Included { kind, of, page, filter });
    }
    Ok(included)
}

/// The references to a record, citations apart.
fn referring(of: Id) -> Clause {
    Clause::new(" FROM refs f WHERE f.to_record = ")
        .bind(Bind::Id(of))
        .sql(" AND f.pointer NOT LIKE '/citations/%'")
}

/// The filter of a kind's list that looks at every member by which its records refer to this one.
fn fitting(tx: &mut Conn, kind: Kind, of: Id) -> QueryResult<Option<&'static str>> {
    let used = Clause::new("SELECT DISTINCT f.pointer")
        .then(referring(of))
        .sql(" AND f.from_record IN (SELECT id FROM ")
        .sql(kind.shelf().table())
        .sql(")");
    let used: Vec<String> = Statement::<Text>::new(used).load(tx)?;
    let fits = |test: &Test| match test {
        Test::Refers(_, pointers) => used.iter().all(|used| pointers.contains(&used.as_str())),
        _ => false,
    };
    Ok(kind.shelf().filters().iter().find(|filter| fits(&filter.test)).map(|filter| filter.name))
}
