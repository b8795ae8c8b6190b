//! The records that refer to a record, by collection (`include=`).

use super::queries::{ListQuery, RecordPage, list};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::fulltext::TextQuery;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{self, Id};
use crate::domain::kind::Kind;
use crate::kinds::filters::FilterType;
use crate::kinds::{all, filter_sql};
use crate::util::clock::Clock;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::{Map, Value};

/// The maximum number of included records per collection.
pub const MAX_INCLUDED: i64 = 50;

/// The records of one collection that refer to a record.
#[derive(Debug, Clone)]
pub struct IncludedPage {
    /// Their kind.
    pub kind: Kind,
    /// The record they refer to.
    pub target: Id,
    /// The first of them, in the default order of their list.
    pub page: RecordPage,
    /// The list parameter that finds exactly these; present where there are more than the page holds.
    pub filter: Option<&'static str>,
}

/// Reads the records that refer to a record otherwise than by citing it: one or two statements per kind.
pub fn include_referrers(
    tx: &mut Conn,
    record: &Map<String, Value>,
    kinds: &[Kind],
    clock: &Clock,
) -> TxResult<Vec<IncludedPage>> {
    let id = record.get("id").and_then(Value::as_str).and_then(types::parse_record_id);
    let Some(of) = id else { return Ok(vec![]) };
    let mut included = Vec::new();
    for kind in kinds.iter().copied() {
        let definition = all::definition(kind);
        let search = ListQuery {
            kind,
            filter: SqlFragment::new("t.id IN (SELECT f.from_record")
                .append(reference_condition(of))
                .sql(")"),
            text_query: TextQuery::default(),
            order: filter_sql::parse_sort(definition.default_sort(), definition.sort_keys())
                .unwrap_or_default(),
            after: None,
            limit: MAX_INCLUDED,
            wants_total: true,
            valid_on: None,
        };
        let page = list(tx, &search, clock)?;
        let filter = if page.next.is_some() { find_covering_filter(tx, kind, of)? } else { None };
        included.push(IncludedPage { kind, target: of, page, filter });
    }
    Ok(included)
}

/// The SQL condition for references to a record, citations excluded.
fn reference_condition(of: Id) -> SqlFragment {
    SqlFragment::new(" FROM refs f WHERE f.to_record = ")
        .bind(BindValue::Id(of))
        .sql(" AND f.pointer NOT LIKE '/citations/%'")
}

/// Finds the filter of a kind's list that covers every member by which its records refer to this one.
fn find_covering_filter(tx: &mut Conn, kind: Kind, of: Id) -> QueryResult<Option<&'static str>> {
    let used = SqlFragment::new("SELECT DISTINCT f.pointer")
        .append(reference_condition(of))
        .sql(" AND f.from_record IN (SELECT id FROM ")
        .sql(all::definition(kind).table())
        .sql(")");
    let used: Vec<String> = Statement::<Text>::new(used).load(tx)?;
    let fits = |test: &FilterType| match test {
        FilterType::Reference(_, pointers) => used.iter().all(|used| pointers.contains(&used.as_str())),
        _ => false,
    };
    Ok(all::definition(kind)
        .filters()
        .iter()
        .find(|filter| fits(&filter.filter_type))
        .map(|filter| filter.name))
}
