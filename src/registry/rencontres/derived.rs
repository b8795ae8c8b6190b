//! What answers add to an edition: the host's country, the editions beside it, whether its confirmation is overdue.

use crate::db::schema::{authorities, records, rencontres};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::content;
use crate::registry::engine::names_of;
use crate::registry::shelf::Derived;
use crate::registry::store::{self, Named};
use crate::vocabulary::Kind;
use crate::vocabulary::codes::{RencontreStatus, Vocabulary as _};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) const DERIVED: &[Derived] = &[
    Derived {
        name: "country",
        about: "The country of the host.",
        schema: "string",
        example: Some("\"JP\""),
        always: true,
    },
    Derived {
        name: "previous",
        about: "The edition before it.",
        schema: "Ref",
        example: None,
        always: false,
    },
    Derived { name: "next", about: "The edition after it.", schema: "Ref", example: None, always: false },
    Derived {
        name: "confirmation_overdue",
        about: "Whether it is still only planned although its last possible day is past.",
        schema: "boolean",
        example: Some("false"),
        always: true,
    },
];

/// The countries of these authorities, by id.
pub(super) fn countries(tx: &mut Conn, hosts: Vec<Id>) -> QueryResult<HashMap<Id, String>> {
    let rows = authorities::table
        .filter(authorities::id.eq_any(hosts))
        .select((authorities::id, authorities::country));
    Ok(rows.load(tx)?.into_iter().collect())
}

/// The editions with these numbers, as references, by number.
fn editions(tx: &mut Conn, numbers: Vec<i64>) -> Outcome<HashMap<i64, Value>> {
    let rows: Vec<(i64, Id, String)> = rencontres::table
        .inner_join(records::table.on(records::id.eq(rencontres::id)))
        .filter(rencontres::number.eq_any(numbers))
        .select((rencontres::number, rencontres::id, records::name))
        .load(tx)?;
    let reference = |(number, id, name): (i64, Id, String)| {
        let kind = Kind::Rencontre.as_str();
        let named = Named { kind: kind.into(), name: content::name(kind, id, &name)? };
        Ok((number, names_of(&id.to_string(), &named).into()))
    };
    rows.into_iter().map(reference).collect()
}

fn number(record: &Map<String, Value>) -> Option<i64> {
    record.get("number")?.as_i64()
}

fn host(record: &Map<String, Value>) -> Option<Id> {
    store::parse_id(record.get("host")?.get("id")?.as_str()?)
}

fn is_overdue(record: &Map<String, Value>, today: Date) -> bool {
    let planned = record.get("status").and_then(Value::as_str) == Some(RencontreStatus::Planned.code());
    let latest = record.get("dates").and_then(|dates| dates.get("latest")?.as_str()?.parse::<Date>().ok());
    planned && latest.is_some_and(|latest| latest < today)
}

/// Adds the derived members, with one query for all hosts and one for all editions beside these.
pub(super) fn derive(records: &mut [Map<String, Value>], today: Date, tx: &mut Conn) -> Outcome<()> {
    let countries = countries(tx, records.iter().filter_map(host).collect())?;
    let beside = records.iter().filter_map(number).flat_map(|number| [number - 1, number + 1]).collect();
    let editions = editions(tx, beside)?;
    for record in records {
        let country = host(record).and_then(|host| countries.get(&host)).cloned().unwrap_or_default();
        let beside = |step| editions.get(&(number(record)? + step)).cloned();
        let (previous, next, overdue) = (beside(-1), beside(1), is_overdue(record, today));
        record.insert("country".into(), country.into());
        record.extend(previous.map(|edition| ("previous".to_owned(), edition)));
        record.extend(next.map(|edition| ("next".to_owned(), edition)));
        record.insert("confirmation_overdue".into(), overdue.into());
    }
    Ok(())
}
