//! Citations and contradictions, asked of the database a page at a time.

use crate::clock::Clock;
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::insight::refs;
use crate::registry::content;
use crate::registry::engine;
use crate::registry::filter::{Filter, Test};
use crate::vocabulary::Kind;
use crate::vocabulary::disagreement::Severity;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The source cited.
pub const SOURCE: Filter = Filter {
    name: "source",
    about: "The source",
    test: Test::Records(&[Kind::Source], |sources| Clause::new("c.source_id IN ").then(sources)),
};

/// An authority, in whatever refers to it or is it.
pub const AUTHORITY: Filter = Filter {
    name: "authority",
    about: "In the record of this authority, or in one that refers to it",
    test: Test::Records(&[Kind::Authority], |authorities| {
        Clause::new("(c.record_id IN ")
            .then(authorities.clone())
            .sql(" OR c.record_id IN (SELECT o.from_record FROM refs o WHERE o.to_record IN ")
            .then(authorities)
            .sql("))")
    }),
};

/// Codes in a column.
#[must_use]
pub fn codes(column: &'static str, codes: &[String]) -> Clause {
    Clause::new(format!("c.{column} IN ")).list(codes.iter().cloned().map(Bind::Text))
}

/// A member or one below it; `""` is the whole record alone.
#[must_use]
pub fn pointed(pointers: &[String]) -> Clause {
    let at = |pointer: &String| {
        let exact = Clause::new("c.pointer = ").text(pointer.clone());
        if pointer.is_empty() {
            return exact;
        }
        // The character after `/` ends what begins with it.
        let below = Clause::new("(c.pointer > ").text(format!("{pointer}/")).sql(" AND c.pointer < ");
        Clause::any([exact, below.text(format!("{pointer}0")).sql(")")])
    };
    Clause::any(pointers.iter().map(at))
}

/// Where a page of citations ended: the record and the place in it.
pub type Place = (Id, i64);

/// A page of citations, presented; where it ends, when there is another.
///
/// # Errors
/// When the database fails.
pub fn citations(
    tx: &mut Conn,
    filter: &Clause,
    after: Option<Place>,
    limit: i64,
) -> Outcome<(Vec<Value>, Option<Place>)> {
    type Columns = (Guid, BigInt, SqlText, SqlText, SqlText, BigInt, Guid, SqlText);
    type Row = (Id, i64, String, String, String, i64, Id, String);
    let following = after.map_or(Clause::all([]), |(id, position)| {
        Clause::new("(c.record_id, c.position) > (")
            .bind(Bind::Id(id))
            .sql(", ")
            .bind(Bind::Int(position))
            .sql(")")
    });
    let page = Clause::new(
        "SELECT c.record_id, c.position, c.kind, r.name, c.content, c.severity, c.source_id, s.name FROM citations c \
         JOIN records r ON r.id = c.record_id JOIN records s ON s.id = c.source_id WHERE ",
    );
    let page = page.then(Clause::in_time()).sql(" AND ").then(filter.clone()).sql(" AND ").then(following);
    let page = page.sql(" ORDER BY c.record_id, c.position LIMIT ").bind(Bind::Int(limit + 1));
    let mut rows: Vec<Row> = Statement::<Columns>::new(page).load(tx)?;
    let more = rows.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| (row.0, row.1));
    let item = |(id, position, kind, name, content, severity, source, source_name): &Row| {
        let kind = Kind::from_name(kind).ok_or_else(|| Problem::new(Code::Internal))?;
        let mut item = Map::new();
        item.insert("record".into(), refs::named(kind, *id, name)?);
        item.insert("position".into(), (*position).into());
        let place = content::Place { kind: kind.as_str(), id: *id, version: 0 };
        item.extend(place.json::<Map<String, Value>>(content)?);
        item.insert("source".into(), refs::named(Kind::Source, *source, source_name)?);
        item.insert("difference".into(), Severity::from_number(*severity).name().into());
        Ok(Value::from(item))
    };
    Ok((rows.iter().map(item).collect::<Result<_, Problem>>()?, next))
}

/// How many citations there are.
///
/// # Errors
/// When the database fails.
pub fn count(tx: &mut Conn, filter: &Clause) -> Outcome<i64> {
    let all = Clause::new("SELECT COUNT(*) FROM citations c WHERE ").then(Clause::in_time());
    let all = all.sql(" AND ").then(filter.clone());
    Ok(Statement::<BigInt>::new(all).get_result(tx)?)
}

/// A member of a record about which sources disagree.
pub type Group = (Id, String, i64, i64, String);

/// Where a page of contradictions ended: severity, record, member.
pub type Spot = (i64, Id, String);

/// What is asked of contradictions.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Conditions of a citation.
    pub filter: Clause,
    /// Conditions of all that disagree about a member.
    pub together: Clause,
    /// Whether the worst come first.
    pub worst_first: bool,
    /// The most of a page.
    pub limit: i64,
}

/// A page of the members about which sources disagree; where it ends, when there is another.
///
/// # Errors
/// When the database fails.
pub fn groups(tx: &mut Conn, asked: &Asked, after: Option<Spot>) -> Outcome<(Vec<Group>, Option<Spot>)> {
    let (beyond, order) = if asked.worst_first { ("<", "DESC") } else { (">", "ASC") };
    let following = after.map_or(Clause::all([]), |(severity, id, pointer)| {
        Clause::new(format!("(g.severity {beyond} "))
            .bind(Bind::Int(severity))
            .sql(" OR (g.severity = ")
            .bind(Bind::Int(severity))
            .sql(" AND (g.record_id, g.pointer) > (")
            .bind(Bind::Id(id))
            .sql(", ")
            .text(pointer)
            .sql(")))")
    });
    let page = Clause::new(
        "SELECT g.record_id, g.pointer, g.severity, g.explained, g.kind FROM (SELECT c.record_id, c.pointer, \
         MAX(c.severity) AS severity, MIN(c.explained) AS explained, MIN(c.kind) AS kind FROM citations c \
         WHERE ",
    );
    let page = page
        .then(Clause::in_time())
        .sql(" AND c.severity > 0 AND ")
        .then(asked.filter.clone())
        .sql(" GROUP BY c.record_id, c.pointer HAVING ");
    let page = page.then(asked.together.clone()).sql(") g WHERE ").then(following);
    let page = page.sql(format!(" ORDER BY g.severity {order}, g.record_id, g.pointer LIMIT "));
    let page = page.bind(Bind::Int(asked.limit + 1));
    let mut rows: Vec<Group> = Statement::<(Guid, SqlText, BigInt, BigInt, SqlText)>::new(page).load(tx)?;
    let more = rows.len() > usize::try_from(asked.limit).unwrap_or(usize::MAX);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| (row.2, row.0, row.1.clone()));
    Ok((rows, next))
}

/// A record: as stored, and as presented.
pub type Both = (Value, Map<String, Value>);

/// The records with these ids.
///
/// # Errors
/// When the database fails.
pub fn records(tx: &mut Conn, ids: &[Id], clock: &Clock) -> Outcome<HashMap<Id, Both>> {
    let wanted =
        Clause::new("SELECT r.id, r.kind, r.version, r.name, r.content FROM records r WHERE r.id IN ");
    let wanted = wanted.list(ids.iter().map(|id| Bind::Id(*id)));
    let mut found = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(Id, String, i64, String, String)> =
        Statement::<(Guid, SqlText, BigInt, SqlText, SqlText)>::new(wanted).load(tx)?;
    for kind in Kind::ALL {
        let own = rows.iter().filter(|(_, name, ..)| name == kind.as_str());
        let stored: Vec<_> = own
            .map(|(id, _, version, name, content)| (*id, *version, name.as_str(), content.as_str()))
            .collect();
        let presented = engine::present(tx, *kind, &stored, clock)?;
        for ((id, version, _, content), record) in stored.iter().zip(presented) {
            let place = content::Place { kind: kind.as_str(), id: *id, version: *version };
            found.insert(*id, (place.members(content)?.into(), record));
        }
    }
    Ok(found)
}
