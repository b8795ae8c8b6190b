//! The members of a record, down to the values that change as one: a text in a language, a date, a Ref, a list.
//!
//! The log says which of them a version changed, owners are told of them, and three-way merges compare them.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Members that say which version this is.
const ENVELOPE: [&str; 6] = ["id", "kind", "version", "created_at", "updated_at", "origin"];

/// Values by JSON Pointer.
pub(super) type Leaves<'a> = BTreeMap<String, &'a Value>;

/// The leaves of a canonical record.
pub(super) fn leaves(record: &Map<String, Value>) -> Leaves<'_> {
    let mut found = Leaves::new();
    for (name, value) in record.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())) {
        descend(format!("/{name}"), value, &mut found);
    }
    found
}

fn descend<'a>(pointer: String, value: &'a Value, found: &mut Leaves<'a>) {
    match value {
        Value::Object(members) if !members.contains_key("edtf") && !members.contains_key("id") => {
            for (name, member) in members {
                descend(format!("{pointer}/{name}"), member, found);
            }
        }
        // A list that is empty is a list that is not there.
        Value::Array(items) if items.is_empty() => {}
        _ => drop(found.insert(pointer, value)),
    }
}

/// The leaves that differ between two versions.
pub(super) fn changed(old: Option<&Map<String, Value>>, new: &Map<String, Value>) -> Vec<String> {
    let (old, new) = (old.map(leaves).unwrap_or_default(), leaves(new));
    let mut pointers: Vec<&String> = old.keys().chain(new.keys()).collect();
    pointers.sort();
    pointers.dedup();
    pointers.into_iter().filter(|pointer| old.get(*pointer) != new.get(*pointer)).cloned().collect()
}

/// Sets a leaf of a record, or removes it; what it leaves empty goes too.
pub(super) fn set(record: &mut Map<String, Value>, pointer: &str, value: Option<&Value>) {
    let (name, rest) = match pointer.trim_start_matches('/').split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (pointer.trim_start_matches('/'), None),
    };
    match (rest, value) {
        (None, Some(value)) => drop(record.insert(name.into(), value.clone())),
        (None, None) => drop(record.shift_remove(name)),
        (Some(rest), value) => {
            let below = record.entry(name).or_insert_with(|| Map::new().into());
            if !below.is_object() {
                *below = Map::new().into();
            }
            if let Value::Object(below) = below {
                set(below, rest, value);
                if below.is_empty() {
                    record.shift_remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn texts_change_by_language_and_dates_refs_and_lists_as_one() {
        let old = record(&json!({
            "id": "x", "version": 1, "name": {"fr": "a", "ja": "b"}, "since": {"edtf": "1958"}, "themes": ["culture"],
            "host": {"id": "1", "kind": "authority"}, "aliases": []
        }));
        let new = record(&json!({
            "id": "x", "version": 2, "name": {"fr": "a", "ja": "c", "en": "d"}, "since": {"edtf": "1959"},
            "host": {"id": "2", "kind": "authority"}, "population": {"value": 3}
        }));
        assert_eq!(
            changed(Some(&old), &new),
            ["/host", "/name/en", "/name/ja", "/population/value", "/since", "/themes"]
        );
        assert_eq!(changed(Some(&new), &new), Vec::<String>::new());
        let mut made = old.clone();
        for pointer in changed(Some(&old), &new) {
            set(&mut made, &pointer, new.get("x").or(leaves(&new).get(&pointer).copied()));
        }
        assert_eq!(leaves(&made), leaves(&new));
    }
}
