//! From the canonical form of a record to the one that is answered: names and links of what it refers to, bounds and
//! labels of its dates, its own label, and what its kind derives.

use super::Draft;
use super::splice::{Names, splice};
use crate::clock::Clock;
use crate::db::paging::Row;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::content::{self, Place, Sound};
use crate::registry::store::{self, Head, Named};
use crate::vocabulary::Kind;
use serde_json::{Map, Value};

/// A stored record: its id, its version, its name, its canonical JSON.
pub(super) type Shown<'a> = (Id, i64, &'a str, &'a str);

/// Presents stored records of one kind.
///
/// # Errors
/// When the database fails, or a record is damaged.
pub fn present(
    tx: &mut Conn,
    kind: Kind,
    stored: &[Shown<'_>],
    clock: &Clock,
) -> Outcome<Vec<Map<String, Value>>> {
    let ids: Vec<Id> = stored.iter().map(|(id, ..)| *id).collect();
    let named = if ids.is_empty() { vec![] } else { store::names(tx, store::targets_of(&ids))? };
    let names = names(&named)?;
    let records = stored.iter().map(|(id, version, name, content)| {
        content::name(kind.as_str(), *id, name)?;
        members(Place { kind: kind.as_str(), id: *id, version: *version }, content, name, &names)
    });
    let records = records.collect::<Result<_, Problem>>()?;
    derived(tx, kind, records, clock)
}

/// The JSON text of a stored record as presented.
///
/// # Errors
/// When the database fails.
pub(super) fn text(tx: &mut Conn, kind: Kind, head: &Head, clock: &Clock) -> Outcome<String> {
    if is_plain(kind) {
        head.place().check(&head.content)?;
        content::name(&head.kind, head.id, &head.name)?;
        let named = store::names(tx, store::targets_of(&[head.id]))?;
        return Ok(spliced(&head.content, &head.name, &names(&named)?));
    }
    Ok(Value::Object(one(tx, kind, head, clock)?).to_string())
}

/// Presents one stored record.
///
/// # Errors
/// When the database fails, or the record is damaged.
pub(super) fn one(tx: &mut Conn, kind: Kind, head: &Head, clock: &Clock) -> Outcome<Map<String, Value>> {
    let records = present(tx, kind, &[(head.id, head.version, &head.name, &head.content)], clock)?;
    Ok(records.into_iter().next().ok_or_else(|| Problem::new(Code::Internal))?)
}

/// What records are called, by their ids.
fn names(named: &[(Id, String, String)]) -> Result<Names<'_>, Problem> {
    let checked = named.iter().map(|(id, kind, name)| {
        content::name(kind, *id, name)?;
        Ok((id.0, name.as_str()))
    });
    checked.collect()
}

/// Presents a page of records of one kind.
///
/// # Errors
/// When the database fails, or a record is damaged.
pub(super) fn present_rows(
    tx: &mut Conn,
    kind: Kind,
    rows: &[Row],
    clock: &Clock,
) -> Outcome<Vec<Map<String, Value>>> {
    let records = rows.iter().map(|row| {
        content::check_row(kind, row)?;
        let place = Place { kind: kind.as_str(), id: row.id, version: row.version };
        members(place, &row.content, &row.name, &Names::of_lines(&row.names))
    });
    let records = records.collect::<Result<_, Problem>>()?;
    derived(tx, kind, records, clock)
}

/// Writes a record as presented, where its kind derives no members.
///
/// # Errors
/// When the record is damaged.
pub fn write_row(out: &mut String, kind: Kind, row: &Row, sound: &Sound) -> Result<(), Problem> {
    sound.check(kind, row)?;
    splice(out, &row.content, &row.name, &Names::of_lines(&row.names));
    Ok(())
}

/// Whether [`write_row`] writes all that every answer says of records of a kind.
#[must_use]
pub fn is_plain(kind: Kind) -> bool {
    !kind.shelf().derived().iter().any(|derived| derived.always)
}

fn members(
    place: Place<'_>,
    content: &str,
    name: &str,
    names: &Names<'_>,
) -> Result<Map<String, Value>, Problem> {
    place.check(content)?;
    place.json(&spliced(content, name, names))
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
/// When the database fails, or the content is damaged.
pub(super) fn present_past(
    tx: &mut Conn,
    kind: Kind,
    place: Place<'_>,
    content: Map<String, Value>,
    clock: &Clock,
) -> Outcome<Map<String, Value>> {
    let mut ids = Vec::new();
    content.values().for_each(|member| referred(member, &mut ids));
    let targets = Clause::default().list(ids.iter().map(|id| Bind::Id(*id)));
    let named = if ids.is_empty() { vec![] } else { store::names(tx, targets)? };
    let texts = named.iter().map(|(id, kind, name)| Ok((id.to_string(), content::name(kind, *id, name)?)));
    let texts = texts.collect::<Result<_, Problem>>()?;
    let draft = Draft::read(kind, content.clone().into(), None);
    let draft = draft.map_err(|faults| place.damaged(Problem::invalid(faults)))?;
    let (name, names) = (draft.content.name(&texts).json(), names(&named)?);
    let record = members(place, &Value::Object(content).to_string(), &name, &names)?;
    let records = derived(tx, kind, vec![record], clock)?;
    Ok(records.into_iter().next().ok_or_else(|| Problem::new(Code::Internal))?)
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
