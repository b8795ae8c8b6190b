//! Last modification and time span of each kind's records, for the DCAT catalogue.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{SqlFragment, Statement};
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::kinds::filters::FilterType;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::HashMap;

/// Last modification and time span of the records of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetExtent {
    /// Last write of any of them, in microseconds since 1970; none without records.
    pub modified: Option<i64>,
    /// First and last day (`YYYY-MM-DD`) of their dates.
    pub period: Option<(String, String)>,
}

/// Reads the extent of every kind.
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

/// Reads the first and the last day of the first date that a kind can be filtered by.
fn load_period(tx: &mut Conn, kind: Kind) -> TxResult<Option<(String, String)>> {
    let definition = all::definition(kind);
    let date = definition.filters().iter().find_map(|filter| match filter.filter_type {
        FilterType::PartialDate(column) => Some(column),
        _ => None,
    });
    let Some(date) = date else { return Ok(None) };
    let table = definition.table();
    let query = SqlFragment::new(format!(
        "SELECT MIN(t.{date}_earliest), MAX(t.{date}_latest) FROM {table} t WHERE "
    ));
    let query = query.append(SqlFragment::time_limit());
    let (first, last): (Option<String>, Option<String>) =
        Statement::<(Nullable<Text>, Nullable<Text>)>::new(query).get_result(tx)?;
    Ok(first.zip(last))
}
