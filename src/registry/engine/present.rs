//! From the canonical form of a record to the one that is answered: names and links of what it refers to, bounds and
//! labels of its dates, its own label, and what its kind derives.

use super::Draft;
use crate::clock::Clock;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::store::{self, Named};
use crate::vocabulary::{Kind, PartialDate, Text};
use serde_json::{Map, Value};
use std::collections::HashMap;

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
    let named = if ids.is_empty() { HashMap::new() } else { store::referred(tx, &ids)? };
    let read = |(_, name, content): &(Id, &str, &str)| {
        finish(serde_json::from_str(content).unwrap_or_default(), &Text::from_json(name), &named)
    };
    let mut records: Vec<Map<String, Value>> = stored.iter().map(read).collect();
    kind.shelf().derive(&mut records, clock, tx)?;
    Ok(records)
}

/// Completes a content with the names of what it refers to, and its own.
fn finish(mut record: Map<String, Value>, name: &Text, named: &HashMap<String, Named>) -> Map<String, Value> {
    record.values_mut().for_each(|member| complete(member, named));
    record.shift_insert(6.min(record.len()), "label".into(), name.label());
    record
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
    let targets = Clause::new("SELECT id FROM records WHERE id IN ");
    let targets = targets.list(ids.iter().map(|id| Bind::Id(*id)));
    let named = if ids.is_empty() { HashMap::new() } else { store::named(tx, targets)? };
    let names = named.iter().map(|(id, named)| (id.clone(), named.name.clone())).collect();
    let name = Draft::read(kind, content.clone().into(), None).map(|draft| draft.content.name(&names));
    let mut records = [finish(content, &name.unwrap_or_default(), &named)];
    kind.shelf().derive(&mut records, clock, tx)?;
    let [record] = records;
    Ok(record)
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
    describe(&mut reference, id, named);
    reference
}

fn describe(reference: &mut Map<String, Value>, id: &str, named: &Named) {
    let path = Kind::from_name(&named.kind).map_or("", Kind::path);
    reference.insert("name".into(), serde_json::to_value(&named.name).unwrap_or_default());
    reference.insert("href".into(), format!("/v1/{path}/{id}").into());
}

/// Completes every reference (`id` and `kind`) and every date (`edtf`) below a value.
fn complete(value: &mut Value, named: &HashMap<String, Named>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| complete(item, named)),
        Value::Object(members) => {
            let edtf = members.get("edtf").and_then(Value::as_str).map(str::to_owned);
            if let (1, Some(edtf)) = (members.len(), edtf) {
                PartialDate::present(&edtf, members);
            } else if let Some(id) = as_reference(members).map(str::to_owned) {
                if let Some(named) = named.get(&id) {
                    describe(members, &id, named);
                }
            } else {
                members.values_mut().for_each(|member| complete(member, named));
            }
        }
        _ => {}
    }
}
