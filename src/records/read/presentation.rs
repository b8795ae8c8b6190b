//! Turns stored JSON into the presented form: names and links of references, date bounds and labels, the
//! record's label, derived members.

use super::json_splice::{NameLookup, splice_json};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::keyset_paging::ListRow;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::kinds::stored_content::{self, VerifiedRows};
use crate::records::input::RecordInput;
use crate::store::damage::{self, StoredRowId};
use crate::store::records::{self, RecordRow};
use crate::util::clock::Clock;
use serde_json::{Map, Value};

/// A stored record: id, version, name, canonical JSON.
pub(super) type StoredParts<'a> = (Id, i64, &'a str, &'a str);

/// Presents stored records of one kind.
///
/// # Errors
/// 500 `damaged_record`.
pub fn present_records(
    tx: &mut Conn,
    kind: Kind,
    stored: &[StoredParts<'_>],
    clock: &Clock,
) -> TxResult<Vec<Map<String, Value>>> {
    let ids: Vec<Id> = stored.iter().map(|(id, ..)| *id).collect();
    let stored_names =
        if ids.is_empty() { vec![] } else { records::load_stored_names(tx, records::ref_target_ids(&ids))? };
    let names = index_names(&stored_names)?;
    let records = stored.iter().map(|(id, version, name, content)| {
        damage::parse_stored_name(kind.as_str(), *id, name)?;
        presented_members(
            StoredRowId { kind: kind.as_str(), id: *id, version: *version },
            content,
            name,
            &names,
        )
    });
    let records = records.collect::<Result<_, Problem>>()?;
    with_derived(tx, kind, records, clock)
}

/// Returns the presented JSON of a stored record.
pub fn present_as_text(tx: &mut Conn, kind: Kind, head: &RecordRow, clock: &Clock) -> TxResult<String> {
    if has_no_derived(kind) {
        stored_content::verify_content(head.location(), &head.content)?;
        damage::parse_stored_name(&head.kind, head.id, &head.name)?;
        let stored_names = records::load_stored_names(tx, records::ref_target_ids(&[head.id]))?;
        return Ok(splice_to_string(&head.content, &head.name, &index_names(&stored_names)?));
    }
    Ok(Value::Object(present_record(tx, kind, head, clock)?).to_string())
}

/// Presents one stored record.
///
/// # Errors
/// 500 `damaged_record`.
pub fn present_record(
    tx: &mut Conn,
    kind: Kind,
    head: &RecordRow,
    clock: &Clock,
) -> TxResult<Map<String, Value>> {
    let records = present_records(tx, kind, &[(head.id, head.version, &head.name, &head.content)], clock)?;
    Ok(records.into_iter().next().ok_or_else(|| Problem::new(ErrorCode::Internal))?)
}

/// Indexes the names of records by id.
fn index_names(stored_names: &[(Id, String, String)]) -> Result<NameLookup<'_>, Problem> {
    let checked = stored_names.iter().map(|(id, kind, name)| {
        damage::parse_stored_name(kind, *id, name)?;
        Ok((id.0, name.as_str()))
    });
    checked.collect()
}

/// Presents a page of records of one kind.
///
/// # Errors
/// 500 `damaged_record`.
pub(super) fn present_rows(
    tx: &mut Conn,
    kind: Kind,
    rows: &[ListRow],
    clock: &Clock,
) -> TxResult<Vec<Map<String, Value>>> {
    let records = rows.iter().map(|row| {
        stored_content::verify_row(kind, row)?;
        let place = StoredRowId { kind: kind.as_str(), id: row.id, version: row.version };
        presented_members(place, &row.content, &row.name, &NameLookup::from_lines(&row.names))
    });
    let records = records.collect::<Result<_, Problem>>()?;
    with_derived(tx, kind, records, clock)
}

/// Writes the presented JSON of a record of a kind without derived members.
///
/// # Errors
/// 500 `damaged_record`.
pub fn write_presented(
    out: &mut String,
    kind: Kind,
    row: &ListRow,
    sound: &VerifiedRows,
) -> Result<(), Problem> {
    sound.verify(kind, row)?;
    splice_json(out, &row.content, &row.name, &NameLookup::from_lines(&row.names));
    Ok(())
}

/// Returns whether a kind has no derived members, so that [`write_presented`] writes all of a record.
#[must_use]
pub fn has_no_derived(kind: Kind) -> bool {
    !all::definition(kind).derived_members().iter().any(|derived| derived.is_always_present)
}

fn presented_members(
    place: StoredRowId<'_>,
    content: &str,
    name: &str,
    names: &NameLookup<'_>,
) -> Result<Map<String, Value>, Problem> {
    stored_content::verify_content(place, content)?;
    place.parse_json(&splice_to_string(content, name, names))
}

fn splice_to_string(content: &str, name: &str, names: &NameLookup<'_>) -> String {
    let mut text = String::with_capacity(2 * content.len());
    splice_json(&mut text, content, name, names);
    text
}

fn with_derived(
    tx: &mut Conn,
    kind: Kind,
    mut records: Vec<Map<String, Value>>,
    clock: &Clock,
) -> TxResult<Vec<Map<String, Value>>> {
    all::definition(kind).add_derived(&mut records, clock, tx)?;
    Ok(records)
}

/// Presents a content that is not the current one: names, labels and derived members are those of today.
///
/// # Errors
/// 500 `damaged_record`.
pub fn present_content(
    tx: &mut Conn,
    kind: Kind,
    place: StoredRowId<'_>,
    content: Map<String, Value>,
    clock: &Clock,
) -> TxResult<Map<String, Value>> {
    let mut ids = Vec::new();
    content.values().for_each(|member| collect_reference_ids(member, &mut ids));
    let targets = SqlFragment::default().bind_list(ids.iter().map(|id| BindValue::Id(*id)));
    let stored_names = if ids.is_empty() { vec![] } else { records::load_stored_names(tx, targets)? };
    let texts = stored_names
        .iter()
        .map(|(id, kind, name)| Ok((id.to_string(), damage::parse_stored_name(kind, *id, name)?)));
    let texts = texts.collect::<Result<_, Problem>>()?;
    let input = RecordInput::read(kind, content.clone().into(), None);
    let input = input.map_err(|faults| place.damage_problem(Problem::invalid(faults)))?;
    let (name, names) = (input.content.name(&texts).to_json(), index_names(&stored_names)?);
    let record = presented_members(place, &Value::Object(content).to_string(), &name, &names)?;
    let records = with_derived(tx, kind, vec![record], clock)?;
    Ok(records.into_iter().next().ok_or_else(|| Problem::new(ErrorCode::Internal))?)
}

/// Collects the ids of references below a value.
fn collect_reference_ids(value: &Value, ids: &mut Vec<Id>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_reference_ids(item, ids)),
        Value::Object(members) => match reference_id(members) {
            Some(id) => ids.extend(types::parse_record_id(id)),
            None => members.values().for_each(|member| collect_reference_ids(member, ids)),
        },
        _ => {}
    }
}

/// Returns the id of a stored reference, `{id, kind}`.
#[must_use]
pub fn reference_id(members: &Map<String, Value>) -> Option<&str> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if members.len() == 2 { text("kind").and(text("id")) } else { None }
}
