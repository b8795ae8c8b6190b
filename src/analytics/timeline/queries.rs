//! A page of the timeline, out of the table of all dates.

use crate::analytics::dated_members::DATED_MEMBERS;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::kinds::content_verifier;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// A date of a record.
#[derive(Debug, Clone, Queryable)]
pub struct TimelineRow {
    /// The record.
    pub id: Id,
    /// Its kind.
    pub kind: String,
    /// The member.
    pub pointer: String,
    /// Its place in its list.
    pub position: i64,
    /// The date.
    pub edtf: String,
    /// What the record is called, as JSON.
    pub name: String,
    /// The first day in the order of the page.
    first_day: String,
    /// The last day in the order of the page.
    last_day: String,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimelinePosition(String, String, String, Id, String, i64);

/// The stored contents of the editions of a page.
pub type EditionContents = HashMap<Id, Value>;

/// What is asked of the timeline.
#[derive(Debug, Clone)]
pub struct TimelineQuery {
    /// Only these kinds; any, where there are none.
    pub kinds: Vec<Kind>,
    /// Only dates that may touch this one's days or any after them.
    pub from: Option<PartialDate>,
    /// Only dates that may touch this one's days or any before them.
    pub to: Option<PartialDate>,
    /// Another condition.
    pub filter: SqlFragment,
    /// Whether the latest come first.
    pub latest_first: bool,
    /// The most of a page.
    pub limit: i64,
}

impl TimelineQuery {
    fn conditions(&self) -> SqlFragment {
        let wanted =
            DATED_MEMBERS.iter().filter(|dated| self.kinds.is_empty() || self.kinds.contains(&dated.kind));
        let mut all = vec![self.filter.clone()];
        all.push(if self.kinds.is_empty() {
            // Put together, so that no index of single members tempts the planner away from that of the days.
            let members = wanted.map(|dated| BindValue::Text([dated.kind.as_str(), dated.pointer].concat()));
            SqlFragment::new("(d.kind || d.pointer) IN ").bind_list(members)
        } else {
            SqlFragment::any(wanted.map(|dated| {
                let kind = SqlFragment::new("d.kind = ").bind_text(dated.kind.as_str());
                SqlFragment::all([kind, SqlFragment::new("d.pointer = ").bind_text(dated.pointer)])
            }))
        });
        // The dates at which an edition was held stand in its schedule too.
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

/// A page of the timeline, where it ends when there is another, and the contents of its editions.
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
            // What every case implies for the first key, said apart: an index can start there.
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
    let more = rows.len() > usize::try_from(query.limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let place = |row: &TimelineRow| {
        let TimelineRow { first_day: first, last_day: last, kind, id, pointer, position, .. } = row.clone();
        TimelinePosition(first, last, kind, id, pointer, position)
    };
    let next = rows.last().filter(|_| more).map(place);
    let mut editions: Vec<Id> =
        rows.iter().filter(|row| row.kind == Kind::Rencontre.as_str()).map(|row| row.id).collect();
    editions.dedup();
    let contents = content_verifier::load_contents(tx, Kind::Rencontre.definition(), &editions)?;
    Ok((rows, next, contents.into_iter().map(|(id, content)| (id, content.into())).collect()))
}
