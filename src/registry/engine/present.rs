//! From the canonical form of a record to the one that is answered: names and links of what it refers to, bounds and
//! labels of its dates, its own label, and what its kind derives.

use super::Draft;
use super::splice::{Names, splice};
use crate::clock::Clock;
use crate::db::paging::Row;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::store::{self, Head, Named};
use crate::vocabulary::{Kind, Text};
use serde_json::{Map, Value};

/// Presents stored records of one kind: id, name and canonical JSON of each.
///
/// # Errors
/// When the database fails.
pub fn present(
    tx: &mut Conn,
    kind: Kind,
    stored: &[(Id, &str, &str)],
    clock: &Clock,
) -> Outcome<Vec<Map<String, Value>>> {
    let ids: Vec<Id> = stored.iter().map(|(id, ..)| *id).collect();
    let named = if ids.is_empty() { vec![] } else { store::names(tx, store::targets_of(&ids))? };
    let names = named.iter().map(|(id, _, name)| (id.0, name.as_str())).collect();
    let records = stored.iter().map(|(_, name, content)| members(content, name, &names));
    derived(tx, kind, records.collect(), clock)
}

/// The JSON text of a stored record as presented.
///
/// # Errors
/// When the database fails.
pub(super) fn text(tx: &mut Conn, kind: Kind, head: &Head, clock: &Clock) -> Outcome<String> {
    if is_plain(kind) {
        let named = store::names(tx, store::targets_of(&[head.id]))?;
        let names = named.iter().map(|(id, _, name)| (id.0, name.as_str())).collect();
        return Ok(spliced(&head.content, &head.name, &names));
    }
    let records = present(tx, kind, &[(head.id, &head.name, &head.content)], clock)?;
    Ok(records.into_iter().next().map(Value::Object).unwrap_or_default().to_string())
}

/// Presents a page of records of one kind.
///
/// # Errors
/// When the database fails.
pub(super) fn present_rows(
    tx: &mut Conn,
    kind: Kind,
    rows: &[Row],
    clock: &Clock,
) -> Outcome<Vec<Map<String, Value>>> {
    let records = rows.iter().map(|row| members(&row.content, &row.name, &Names::of_lines(&row.names)));
    derived(tx, kind, records.collect(), clock)
}

/// Writes a record as presented, where its kind derives no members.
pub fn write_row(out: &mut String, row: &Row) {
    splice(out, &row.content, &row.name, &Names::of_lines(&row.names));
}

/// Whether [`write_row`] writes all that every answer says of records of a kind.
#[must_use]
pub fn is_plain(kind: Kind) -> bool {
    !kind.shelf().derived().iter().any(|derived| derived.always)
}

fn members(content: &str, name: &str, names: &Names<'_>) -> Map<String, Value> {
    serde_json::from_str(&spliced(content, name, names)).unwrap_or_default()
}

fn spliced(content: &str, name: &str, names: &Names<'_>) -> String {
    let mut text = String::with_capacity(2 * content.len());
    splice(&mut text, content, name, names);
    text
}

fn derived(
    tx: &mut Conn,
    kind: Kind,
    mut records: Vec<Map<String, Value>>,
    clock: &Clock,
) -> Outcome<Vec<Map<String, Value>>> {
    kind.shelf().derive(&mut records, clock, tx)?;
    Ok(records)
}

/// Presents a content that is not, or no longer, the stored one: everything that is derived is of today.
///
/// # Errors
/// When the database fails.
pub(super) fn present_past(
    tx: &mut Conn,
    kind: Kind,
    content: Map<String, Value>,
    clock: &Clock,
) -> Outcome<Map<String, Value>> {
    let mut ids = Vec::new();
    content.values().for_each(|member| referred(member, &mut ids));
    let targets = Clause::default().list(ids.iter().map(|id| Bind::Id(*id)));
    let named = if ids.is_empty() { vec![] } else { store::names(tx, targets)? };
    let texts = named.iter().map(|(id, _, name)| (id.to_string(), Text::from_json(name))).collect();
    let name = Draft::read(kind, content.clone().into(), None).map(|draft| draft.content.name(&texts));
    let names = named.iter().map(|(id, _, name)| (id.0, name.as_str())).collect();
    let record = members(&Value::Object(content).to_string(), &name.unwrap_or_default().json(), &names);
    let records = derived(tx, kind, vec![record], clock)?;
    Ok(records.into_iter().next().unwrap_or_default())
}

/// The ids of the references below a value.
fn referred(value: &Value, ids: &mut Vec<Id>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| referred(item, ids)),
        Value::Object(members) => match as_reference(members) {
            Some(id) => ids.extend(store::parse_id(id)),
            None => members.values().for_each(|member| referred(member, ids)),
        },
        _ => {}
    }
}

/// The id of a stored reference, `{id, kind}`.
pub(super) fn as_reference(members: &Map<String, Value>) -> Option<&str> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if members.len() == 2 { text("kind").and(text("id")) } else { None }
}

/// A reference as answered.
#[must_use]
pub fn names_of(id: &str, named: &Named) -> Map<String, Value> {
    let mut reference = Map::new();
    reference.insert("id".into(), id.into());
    reference.insert("kind".into(), named.kind.clone().into());
    let path = Kind::from_name(&named.kind).map_or("", Kind::path);
    reference.insert("name".into(), serde_json::to_value(&named.name).unwrap_or_default());
    reference.insert("href".into(), format!("/v1/{path}/{id}").into());
    reference
}
