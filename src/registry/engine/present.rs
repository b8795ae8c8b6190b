//! From the canonical form of a record to the one that is answered: names and links of what it refers to, bounds and
//! labels of its dates, its own label, and what its kind derives.

use crate::clock::Clock;
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
    let mut records: Vec<Map<String, Value>> = Vec::with_capacity(stored.len());
    for (_, name, content) in stored {
        let mut record: Map<String, Value> = serde_json::from_str(content).unwrap_or_default();
        record.values_mut().for_each(|member| complete(member, &named));
        record.shift_insert(6.min(record.len()), "label".into(), Text::from_json(name).label());
        records.push(record);
    }
    kind.shelf().derive(&mut records, clock, tx)?;
    Ok(records)
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
            let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
            if let (1, Some(edtf)) = (members.len(), text("edtf")) {
                PartialDate::present(&edtf, members);
            } else if let (2, Some(id), Some(_)) = (members.len(), text("id"), text("kind")) {
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
