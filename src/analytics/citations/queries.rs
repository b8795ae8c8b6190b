//! Keyset-paged SQL of citations and contradictions, and their filters.

use crate::analytics::references;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::disagreement::Severity;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::filters::{Filter, FilterType};
use crate::kinds::stored_content;
use crate::records::read::presentation;
use crate::store::damage;
use crate::util::clock::Clock;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Filter parameter `source`: citations of one of these sources.
pub const SOURCE_FILTER: Filter = Filter {
    name: "source",
    description: "The source",
    filter_type: FilterType::Records(&[Kind::Source], |sources| {
        SqlFragment::new("c.source_id IN ").append(sources)
    }),
};

/// Filter parameter `authority`: citations in the record of one of these authorities, or in one that refers
/// to it.
pub const AUTHORITY_FILTER: Filter = Filter {
    name: "authority",
    description: "In the record of this authority, or in one that refers to it",
    filter_type: FilterType::Records(&[Kind::Authority], |authorities| {
        SqlFragment::new("(c.record_id IN ")
            .append(authorities.clone())
            .sql(" OR c.record_id IN (SELECT o.from_record FROM refs o WHERE o.to_record IN ")
            .append(authorities)
            .sql("))")
    }),
};

/// Returns the condition that a column of `citations` has one of these codes.
#[must_use]
pub fn code_condition(column: &'static str, codes: &[String]) -> SqlFragment {
    SqlFragment::new(format!("c.{column} IN ")).bind_list(codes.iter().cloned().map(BindValue::Text))
}

/// Returns the condition that a citation is about one of these members or a member below it; `""` matches
/// only citations of the whole record.
#[must_use]
pub fn pointer_condition(pointers: &[String]) -> SqlFragment {
    let at = |pointer: &String| {
        let exact = SqlFragment::new("c.pointer = ").bind_text(pointer.clone());
        if pointer.is_empty() {
            return exact;
        }
        // `0` follows `/` in ASCII: the range is every pointer that begins with `{pointer}/`.
        let below =
            SqlFragment::new("(c.pointer > ").bind_text(format!("{pointer}/")).sql(" AND c.pointer < ");
        SqlFragment::any([exact, below.bind_text(format!("{pointer}0")).sql(")")])
    };
    SqlFragment::any(pointers.iter().map(at))
}

/// Returns the condition that a citation belongs to a record.
#[must_use]
pub fn record_condition(record: Id) -> SqlFragment {
    SqlFragment::new("c.record_id = ").bind(BindValue::Id(record))
}

/// Returns the `HAVING` condition that at least one citation of a group has one of these reasons.
#[must_use]
pub fn any_reason_condition(reasons: &[String]) -> SqlFragment {
    SqlFragment::new("SUM(CASE WHEN ")
        .append(code_condition("reason", reasons))
        .sql(" THEN 1 ELSE 0 END) > 0")
}

/// Returns the `HAVING` condition that all contradicting citations of a group are explained, or that some are
/// not.
#[must_use]
pub fn explained_condition(is_explained: bool) -> SqlFragment {
    SqlFragment::new(if is_explained { "MIN(c.explained) = 1" } else { "MIN(c.explained) = 0" })
}

/// Returns the `HAVING` condition that the greatest [`Severity`] of a group is at least this number.
#[must_use]
pub fn min_severity_condition(severity: i64) -> SqlFragment {
    SqlFragment::new("MAX(c.severity) >= ").bind(BindValue::Int(severity))
}

/// Keyset position of the last citation of a page: record, and index in its citations.
pub type CitationPosition = (Id, i64);

/// Returns a page of citations as JSON, and the position of the last one if there is another page.
pub fn list_citations(
    tx: &mut Conn,
    filter: &SqlFragment,
    after: Option<CitationPosition>,
    limit: i64,
) -> TxResult<(Vec<Value>, Option<CitationPosition>)> {
    type Columns = (UuidSql, BigInt, SqlText, SqlText, SqlText, BigInt, UuidSql, SqlText);
    type Row = (Id, i64, String, String, String, i64, Id, String);
    let following = after.map_or(SqlFragment::all([]), |(id, position)| {
        SqlFragment::new("(c.record_id, c.position) > (")
            .bind(BindValue::Id(id))
            .sql(", ")
            .bind(BindValue::Int(position))
            .sql(")")
    });
    let page = SqlFragment::new(
        "SELECT c.record_id, c.position, c.kind, r.name, c.content, c.severity, c.source_id, s.name FROM citations c \
         JOIN records r ON r.id = c.record_id JOIN records s ON s.id = c.source_id WHERE ",
    );
    let page = page
        .append(SqlFragment::time_limit())
        .sql(" AND ")
        .append(filter.clone())
        .sql(" AND ")
        .append(following);
    let page = page.sql(" ORDER BY c.record_id, c.position LIMIT ").bind(BindValue::Int(limit + 1));
    let mut rows: Vec<Row> = Statement::<Columns>::new(page).load(tx)?;
    let has_more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let next = rows.last().filter(|_| has_more).map(|row| (row.0, row.1));
    let item = |(id, position, kind, name, content, severity, source, source_name): &Row| {
        let kind = Kind::from_name(kind).ok_or_else(|| Problem::new(ErrorCode::Internal))?;
        let mut item = Map::new();
        item.insert("record".into(), references::reference_with_stored_name(kind, *id, name)?);
        item.insert("position".into(), (*position).into());
        let place = damage::StoredRowId { kind: kind.as_str(), id: *id, version: 0 };
        item.extend(place.parse_json::<Map<String, Value>>(content)?);
        item.insert(
            "source".into(),
            references::reference_with_stored_name(Kind::Source, *source, source_name)?,
        );
        item.insert("difference".into(), Severity::from_number(*severity).name().into());
        Ok(Value::from(item))
    };
    Ok((rows.iter().map(item).collect::<Result<_, Problem>>()?, next))
}

/// Counts the citations that satisfy a condition.
pub fn count_citations(tx: &mut Conn, filter: &SqlFragment) -> TxResult<i64> {
    let all = SqlFragment::new("SELECT COUNT(*) FROM citations c WHERE ").append(SqlFragment::time_limit());
    let all = all.sql(" AND ").append(filter.clone());
    Ok(Statement::<BigInt>::new(all).get_result(tx)?)
}

/// A member about which sources disagree: record, pointer, greatest severity, 1 if explained, name of the
/// kind.
pub type ContradictionRow = (Id, String, i64, i64, String);

/// Keyset position of the last contradiction of a page: severity, record, pointer.
pub type ContradictionPosition = (i64, Id, String);

/// Parameters of a page of contradictions.
#[derive(Debug, Clone)]
pub struct ContradictionQuery {
    /// Condition on a row `c` of `citations`.
    pub filter: SqlFragment,
    /// `HAVING` condition on the contradicting citations of a member.
    pub group_filter: SqlFragment,
    /// Whether the greatest severity comes first.
    pub worst_first: bool,
    /// Maximum number of items.
    pub limit: i64,
}

/// Returns a page of contradictions, and the position of the last one if there is another page.
pub fn list_contradictions(
    tx: &mut Conn,
    query: &ContradictionQuery,
    after: Option<ContradictionPosition>,
) -> TxResult<(Vec<ContradictionRow>, Option<ContradictionPosition>)> {
    let (beyond, order) = if query.worst_first { ("<", "DESC") } else { (">", "ASC") };
    let following = after.map_or(SqlFragment::all([]), |(severity, id, pointer)| {
        SqlFragment::new(format!("(g.severity {beyond} "))
            .bind(BindValue::Int(severity))
            .sql(" OR (g.severity = ")
            .bind(BindValue::Int(severity))
            .sql(" AND (g.record_id, g.pointer) > (")
            .bind(BindValue::Id(id))
            .sql(", ")
            .bind_text(pointer)
            .sql(")))")
    });
    let page = SqlFragment::new(
        "SELECT g.record_id, g.pointer, g.severity, g.explained, g.kind FROM (SELECT c.record_id, c.pointer, \
         MAX(c.severity) AS severity, MIN(c.explained) AS explained, MIN(c.kind) AS kind FROM citations c \
         WHERE ",
    );
    let page = page
        .append(SqlFragment::time_limit())
        .sql(" AND c.severity > 0 AND ")
        .append(query.filter.clone())
        .sql(" GROUP BY c.record_id, c.pointer HAVING ");
    let page = page.append(query.group_filter.clone()).sql(") g WHERE ").append(following);
    let page = page.sql(format!(" ORDER BY g.severity {order}, g.record_id, g.pointer LIMIT "));
    let page = page.bind(BindValue::Int(query.limit + 1));
    let mut rows: Vec<ContradictionRow> =
        Statement::<(UuidSql, SqlText, BigInt, BigInt, SqlText)>::new(page).load(tx)?;
    let has_more = rows.len() > usize::try_from(query.limit).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let next = rows.last().filter(|_| has_more).map(|row| (row.2, row.0, row.1.clone()));
    Ok((rows, next))
}

/// Content of a record as stored, and the record as in responses.
pub type StoredAndPresented = (Value, Map<String, Value>);

/// Reads the records with these ids.
pub fn load_records(tx: &mut Conn, ids: &[Id], clock: &Clock) -> TxResult<HashMap<Id, StoredAndPresented>> {
    let wanted =
        SqlFragment::new("SELECT r.id, r.kind, r.version, r.name, r.content FROM records r WHERE r.id IN ");
    let wanted = wanted.bind_list(ids.iter().map(|id| BindValue::Id(*id)));
    let mut found = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(Id, String, i64, String, String)> =
        Statement::<(UuidSql, SqlText, BigInt, SqlText, SqlText)>::new(wanted).load(tx)?;
    for kind in Kind::ALL {
        let of_kind = rows.iter().filter(|(_, name, ..)| name == kind.as_str());
        let stored: Vec<_> = of_kind
            .map(|(id, _, version, name, content)| (*id, *version, name.as_str(), content.as_str()))
            .collect();
        let presented = presentation::present_records(tx, *kind, &stored, clock)?;
        for ((id, version, _, content), record) in stored.iter().zip(presented) {
            let place = damage::StoredRowId { kind: kind.as_str(), id: *id, version: *version };
            found.insert(*id, (stored_content::parse_members(place, content)?.into(), record));
        }
    }
    Ok(found)
}
