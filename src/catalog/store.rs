//! When the records of each kind were last written, and which days they tell of.

use super::Extent;
use crate::db::paging::Statement;
use crate::db::sql::Clause;
use crate::db::{Conn, Outcome};
use crate::registry::filter::Test;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::HashMap;

/// The extent of every kind.
///
/// # Errors
/// When the database fails.
pub(super) fn extents(tx: &mut Conn) -> Outcome<Vec<(Kind, Extent)>> {
    let newest = Clause::new("SELECT kind, MAX(updated_at) FROM records WHERE ").then(Clause::in_time());
    let newest = newest.sql(" GROUP BY kind");
    let newest: HashMap<String, i64> =
        Statement::<(Text, BigInt)>::new(newest).load(tx)?.into_iter().collect();
    let mut extents = Vec::new();
    for kind in Kind::ALL {
        let modified = newest.get(kind.as_str()).copied();
        extents.push((*kind, Extent { modified, days: days(tx, *kind)? }));
    }
    Ok(extents)
}

/// The first and the last day of the first date that a kind filters by.
fn days(tx: &mut Conn, kind: Kind) -> Outcome<Option<(String, String)>> {
    let shelf = kind.shelf();
    let date = shelf.filters().iter().find_map(|filter| match filter.test {
        Test::Dates(column) => Some(column),
        _ => None,
    });
    let Some(date) = date else { return Ok(None) };
    let table = shelf.table();
    let query =
        Clause::new(format!("SELECT MIN(t.{date}_earliest), MAX(t.{date}_latest) FROM {table} t WHERE "));
    let query = query.then(Clause::in_time());
    let (first, last): (Option<String>, Option<String>) =
        Statement::<(Nullable<Text>, Nullable<Text>)>::new(query).get_result(tx)?;
    Ok(first.zip(last))
}
