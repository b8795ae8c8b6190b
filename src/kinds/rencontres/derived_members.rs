//! Read-only members of an edition: country of the host, previous and next edition, overdue confirmation.

use super::queries::countries_by_authority;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{records, rencontres};
use crate::db::types::{self, Id};
use crate::domain::kind::Kind;
use crate::domain::vocabularies::rencontre::RencontreStatus;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::DerivedMember;
use crate::store::damage;
use crate::store::records::{RecordName, named_reference};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The read-only members of an edition.
pub(super) const DERIVED_MEMBERS: &[DerivedMember] = &[
    DerivedMember {
        name: "country",
        description: "The country of the host.",
        schema: "string",
        example: Some("\"JP\""),
        is_always_present: true,
    },
    DerivedMember {
        name: "previous",
        description: "The edition before it.",
        schema: "Ref",
        example: None,
        is_always_present: false,
    },
    DerivedMember {
        name: "next",
        description: "The edition after it.",
        schema: "Ref",
        example: None,
        is_always_present: false,
    },
    DerivedMember {
        name: "confirmation_overdue",
        description: "Whether it is still only planned although its last possible day is past.",
        schema: "boolean",
        example: Some("false"),
        is_always_present: true,
    },
];

/// Loads references to the editions with these numbers, by number.
fn editions_by_number(tx: &mut Conn, numbers: Vec<i64>) -> TxResult<HashMap<i64, Value>> {
    let rows: Vec<(i64, Id, String)> = rencontres::table
        .inner_join(records::table.on(records::id.eq(rencontres::id)))
        .filter(rencontres::number.eq_any(numbers))
        .select((rencontres::number, rencontres::id, records::name))
        .load(tx)?;
    let reference = |(number, id, name): (i64, Id, String)| {
        let kind = Kind::Rencontre.as_str();
        let record_name = RecordName { kind: kind.into(), name: damage::parse_stored_name(kind, id, &name)? };
        Ok((number, named_reference(&id.to_string(), &record_name).into()))
    };
    rows.into_iter().map(reference).collect()
}

fn edition_number(record: &Map<String, Value>) -> Option<i64> {
    record.get("number")?.as_i64()
}

fn host_id(record: &Map<String, Value>) -> Option<Id> {
    types::parse_record_id(record.get("host")?.get("id")?.as_str()?)
}

/// Whether it is still planned after its last possible day.
fn is_overdue(record: &Map<String, Value>, today: Date) -> bool {
    let is_planned = record.get("status").and_then(Value::as_str) == Some(RencontreStatus::Planned.code());
    let latest = record.get("dates").and_then(|dates| dates.get("latest")?.as_str()?.parse::<Date>().ok());
    is_planned && latest.is_some_and(|latest| latest < today)
}

/// Adds the read-only members, with one query for all hosts and one for all adjacent editions.
pub(super) fn add_derived_members(
    records: &mut [Map<String, Value>],
    today: Date,
    tx: &mut Conn,
) -> TxResult<()> {
    let countries = countries_by_authority(tx, records.iter().filter_map(host_id).collect())?;
    let adjacent_numbers =
        records.iter().filter_map(edition_number).flat_map(|number| [number - 1, number + 1]).collect();
    let editions = editions_by_number(tx, adjacent_numbers)?;
    for record in records {
        let country = host_id(record).and_then(|host| countries.get(&host)).cloned().unwrap_or_default();
        let adjacent = |step| editions.get(&(edition_number(record)? + step)).cloned();
        let (previous, next, overdue) = (adjacent(-1), adjacent(1), is_overdue(record, today));
        record.insert("country".into(), country.into());
        record.extend(previous.map(|edition| ("previous".to_owned(), edition)));
        record.extend(next.map(|edition| ("next".to_owned(), edition)));
        record.insert("confirmation_overdue".into(), overdue.into());
    }
    Ok(())
}
