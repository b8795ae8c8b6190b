//! Keyset-paged SQL over all dates of records, in chronological order.

use crate::analytics::dated_members::DATED_MEMBERS;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::kinds::{all, content_verifier};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// A date of a record: a row of the timeline.
#[derive(Debug, Clone, Queryable)]
pub struct TimelineRow {
    /// Id of the record.
    pub id: Id,
    /// Name of its kind.
    pub kind: String,
    /// Pointer of the dated member, without list indices.
    pub pointer: String,
    /// Index of the date in its list.
    pub position: i64,
    /// The date as EDTF.
    pub edtf: String,
    /// Name of the record, as stored (JSON).
    pub name: String,
    /// First possible day, as sort key: an open bound is `''` or `'~'`.
    first_day: String,
    /// Last possible day, as sort key.
    last_day: String,
}

/// Keyset position of the last entry of a page: first day, last day, kind, record, pointer, list index.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimelinePosition(String, String, String, Id, String, i64);

/// Stored contents of the editions of a page, by id.
pub type EditionContents = HashMap<Id, Value>;

/// Parameters of a page of the timeline.
#[derive(Debug, Clone)]
pub struct TimelineQuery {
    /// Kinds to include; all if empty.
    pub kinds: Vec<Kind>,
    /// Excludes dates that end before this one begins.
    pub from: Option<PartialDate>,
    /// Excludes dates that begin after this one ends.
    pub to: Option<PartialDate>,
    /// Further condition on a row `d` of `dates`.
    pub filter: SqlFragment,
    /// Whether the latest come first.
    pub latest_first: bool,
    /// Maximum number of entries.
    pub limit: i64,
}

impl TimelineQuery {
    fn conditions(&self) -> SqlFragment {
        let wanted =
            DATED_MEMBERS.iter().filter(|dated| self.kinds.is_empty() || self.kinds.contains(&dated.kind));
        let mut all = vec![self.filter.clone()];
        all.push(if self.kinds.is_empty() {
            // An expression, so that the planner uses the index of the days and not that of the members.
            let members = wanted.map(|dated| BindValue::Text([dated.kind.as_str(), dated.pointer].concat()));
            SqlFragment::new("(d.kind || d.pointer) IN ").bind_list(members)
        } else {
            SqlFragment::any(wanted.map(|dated| {
                let kind = SqlFragment::new("d.kind = ").bind_text(dated.kind.as_str());
                SqlFragment::all([kind, SqlFragment::new("d.pointer = ").bind_text(dated.pointer)])
            }))
        });
        // The dates on which an edition was held are repeated in its schedule.
        all.push(SqlFragment::new(
            "NOT (d.pointer = '/schedule/dates' AND EXISTS (SELECT 1 FROM dates o WHERE o.record_id = d.record_id \
             AND o.pointer = '/dates' AND o.edtf = d.edtf))",
        ));
        if let Some(day) = self.from.as_ref().and_then(PartialDate::earliest) {
            all.push(SqlFragment::new("COALESCE(d.latest, '~') >= ").bind_text(day));
        }
        if let Some(day) = self.to.as_ref().and_then(PartialDate::latest) {
            all.push(SqlFragment::new("COALESCE(d.earliest, '') <= ").bind_text(day));
        }
        SqlFragment::all(all)
    }
}

/// Returns a page of the timeline, the position of its last entry if there is another page, and the contents
/// of its editions.
pub fn load_page(
    tx: &mut Conn,
    query: &TimelineQuery,
    after: Option<TimelinePosition>,
) -> TxResult<(Vec<TimelineRow>, Option<TimelinePosition>, EditionContents)> {
    type Columns = (UuidSql, SqlText, SqlText, BigInt, SqlText, SqlText, SqlText, SqlText);
    let (unset, beyond, reached, direction) =
        if query.latest_first { ("''", "<", "<=", " DESC") } else { ("'~'", ">", ">=", "") };
    let (first, last) = (format!("COALESCE(d.earliest, {unset})"), format!("COALESCE(d.latest, {unset})"));
    let following =
        after.map_or(SqlFragment::all([]), |TimelinePosition(day, end, kind, id, pointer, position)| {
            // Redundant bound on the first key, so that an index range scan can start there.
            SqlFragment::new(format!("({first} {reached} "))
                .bind_text(day.clone())
                .sql(format!(" AND ({first} {beyond} "))
                .bind_text(day)
                .sql(format!(" OR {last} {beyond} "))
                .bind_text(end.clone())
                .sql(format!(" OR ({last} = "))
                .bind_text(end)
                .sql(" AND (d.kind, d.record_id, d.pointer, d.position) > (")
                .bind_text(kind)
                .sql(", ")
                .bind(BindValue::Id(id))
                .sql(", ")
                .bind_text(pointer)
                .sql(", ")
                .bind(BindValue::Int(position))
                .sql("))))")
        });
    let rows = SqlFragment::new(format!(
        "SELECT d.record_id, d.kind, d.pointer, d.position, d.edtf, r.name, {first}, {last} FROM dates d \
         JOIN records r ON r.id = d.record_id WHERE "
    ));
    let rows = rows.append(SqlFragment::time_limit()).sql(" AND ").append(query.conditions()).sql(" AND ").append(following).sql(format!(
        " ORDER BY {first}{direction}, {last}{direction}, d.kind, d.record_id, d.pointer, d.position LIMIT "
    ));
    let mut rows: Vec<TimelineRow> =
        Statement::<Columns>::new(rows.bind(BindValue::Int(query.limit + 1))).load(tx)?;
    let has_more = rows.len() > usize::try_from(query.limit).unwrap_or(usize::MAX);
    if has_more {
        rows.pop();
    }
    let position_of = |row: &TimelineRow| {
        let TimelineRow { first_day: first, last_day: last, kind, id, pointer, position, .. } = row.clone();
        TimelinePosition(first, last, kind, id, pointer, position)
    };
    let next = rows.last().filter(|_| has_more).map(position_of);
    let mut editions: Vec<Id> =
        rows.iter().filter(|row| row.kind == Kind::Rencontre.as_str()).map(|row| row.id).collect();
    editions.dedup();
    let contents = content_verifier::load_contents(tx, all::definition(Kind::Rencontre), &editions)?;
    Ok((rows, next, contents.into_iter().map(|(id, content)| (id, content.into())).collect()))
}
