//! A page of the timeline, out of the table of all dates.

use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::insight::dated::DATED;
use crate::registry::store;
use crate::vocabulary::{Kind, PartialDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

/// A date of a record.
#[derive(Debug, Clone, Queryable)]
pub struct Row {
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
    first: String,
    /// The last day in the order of the page.
    last: String,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place(String, String, String, Id, String, i64);

/// The stored contents of the editions of a page.
pub type Schedules = HashMap<Id, Value>;

/// What is asked of the timeline.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Only these kinds; any, where there are none.
    pub kinds: Vec<Kind>,
    /// Only dates that may touch this one's days or any after them.
    pub from: Option<PartialDate>,
    /// Only dates that may touch this one's days or any before them.
    pub to: Option<PartialDate>,
    /// Another condition.
    pub filter: Clause,
    /// Whether the latest come first.
    pub latest_first: bool,
    /// The most of a page.
    pub limit: i64,
}

impl Asked {
    fn conditions(&self) -> Clause {
        let wanted = DATED.iter().filter(|dated| self.kinds.is_empty() || self.kinds.contains(&dated.kind));
        let mut all = vec![self.filter.clone()];
        all.push(if self.kinds.is_empty() {
            // Put together, so that no index of single members tempts the planner away from that of the days.
            let members = wanted.map(|dated| Bind::Text([dated.kind.as_str(), dated.pointer].concat()));
            Clause::new("(d.kind || d.pointer) IN ").list(members)
        } else {
            Clause::any(wanted.map(|dated| {
                let kind = Clause::new("d.kind = ").text(dated.kind.as_str());
                Clause::all([kind, Clause::new("d.pointer = ").text(dated.pointer)])
            }))
        });
        // The dates at which an edition was held stand in its schedule too.
        all.push(Clause::new(
            "NOT (d.pointer = '/schedule/dates' AND EXISTS (SELECT 1 FROM dates o WHERE o.record_id = d.record_id \
             AND o.pointer = '/dates' AND o.edtf = d.edtf))",
        ));
        if let Some(day) = self.from.as_ref().and_then(PartialDate::earliest) {
            all.push(Clause::new("COALESCE(d.latest, '~') >= ").text(day));
        }
        if let Some(day) = self.to.as_ref().and_then(PartialDate::latest) {
            all.push(Clause::new("COALESCE(d.earliest, '') <= ").text(day));
        }
        Clause::all(all)
    }
}

/// A page of the timeline, where it ends when there is another, and the contents of its editions.
///
/// # Errors
/// When the database fails.
pub fn page(
    tx: &mut Conn,
    asked: &Asked,
    after: Option<Place>,
) -> Outcome<(Vec<Row>, Option<Place>, Schedules)> {
    type Columns = (Guid, SqlText, SqlText, BigInt, SqlText, SqlText, SqlText, SqlText);
    let (unset, beyond, reached, direction) =
        if asked.latest_first { ("''", "<", "<=", " DESC") } else { ("'~'", ">", ">=", "") };
    let (first, last) = (format!("COALESCE(d.earliest, {unset})"), format!("COALESCE(d.latest, {unset})"));
    let following = after.map_or(Clause::all([]), |Place(day, end, kind, id, pointer, position)| {
        // What every case implies for the first key, said apart: an index can start there.
        Clause::new(format!("({first} {reached} "))
            .text(day.clone())
            .sql(format!(" AND ({first} {beyond} "))
            .text(day)
            .sql(format!(" OR {last} {beyond} "))
            .text(end.clone())
            .sql(format!(" OR ({last} = "))
            .text(end)
            .sql(" AND (d.kind, d.record_id, d.pointer, d.position) > (")
            .text(kind)
            .sql(", ")
            .bind(Bind::Id(id))
            .sql(", ")
            .text(pointer)
            .sql(", ")
            .bind(Bind::Int(position))
            .sql("))))")
    });
    let rows = Clause::new(format!(
        "SELECT d.record_id, d.kind, d.pointer, d.position, d.edtf, r.name, {first}, {last} FROM dates d \
         JOIN records r ON r.id = d.record_id WHERE "
    ));
    let rows = rows.then(Clause::in_time()).sql(" AND ").then(asked.conditions()).sql(" AND ").then(following).sql(format!(
        " ORDER BY {first}{direction}, {last}{direction}, d.kind, d.record_id, d.pointer, d.position LIMIT "
    ));
    let mut rows: Vec<Row> = Statement::<Columns>::new(rows.bind(Bind::Int(asked.limit + 1))).load(tx)?;
    let more = rows.len() > usize::try_from(asked.limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let place = |row: &Row| {
        let Row { first, last, kind, id, pointer, position, .. } = row.clone();
        Place(first, last, kind, id, pointer, position)
    };
    let next = rows.last().filter(|_| more).map(place);
    let mut editions: Vec<Id> =
        rows.iter().filter(|row| row.kind == Kind::Rencontre.as_str()).map(|row| row.id).collect();
    editions.dedup();
    let contents = store::contents(tx, &editions)?;
    Ok((rows, next, contents.into_iter().map(|(id, content)| (id, content.into())).collect()))
}
