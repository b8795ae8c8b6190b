//! When the records of each kind were last written, and which days they tell of.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{SqlFragment, Statement};
use crate::domain::kind::Kind;
use crate::kinds::filters::FilterType;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::HashMap;

/// What the catalogue says of a kind's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetExtent {
    /// When one of them was last written, in microseconds since 1970; none where there are none.
    pub modified: Option<i64>,
    /// The first and the last day that they tell of.
    pub period: Option<(String, String)>,
}

/// The extent of every kind.
pub fn load_extents(tx: &mut Conn) -> TxResult<Vec<(Kind, DatasetExtent)>> {
    let newest = SqlFragment::new("SELECT kind, MAX(updated_at) FROM records WHERE ")
        .append(SqlFragment::time_limit());
    let newest = newest.sql(" GROUP BY kind");
    let newest: HashMap<String, i64> =
        Statement::<(Text, BigInt)>::new(newest).load(tx)?.into_iter().collect();
    let mut extents = Vec::new();
    for kind in Kind::ALL {
        let modified = newest.get(kind.as_str()).copied();
        extents.push((*kind, DatasetExtent { modified, period: load_period(tx, *kind)? }));
    }
    Ok(extents)
}

/// The first and the last day of the first date that a kind filters by.
fn load_period(tx: &mut Conn, kind: Kind) -> TxResult<Option<(String, String)>> {
    let shelf = kind.definition();
    let date = shelf.filters().iter().find_map(|filter| match filter.filter_type {
        FilterType::PartialDate(column) => Some(column),
        _ => None,
    });
    let Some(date) = date else { return Ok(None) };
    let table = shelf.table();
    let query = SqlFragment::new(format!(
        "SELECT MIN(t.{date}_earliest), MAX(t.{date}_latest) FROM {table} t WHERE "
    ));
    let query = query.append(SqlFragment::time_limit());
    let (first, last): (Option<String>, Option<String>) =
        Statement::<(Nullable<Text>, Nullable<Text>)>::new(query).get_result(tx)?;
    Ok(first.zip(last))
}
