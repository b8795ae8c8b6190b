//! Fields of a record by JSON Pointer (RFC 6901), down to what changes as one value: a text in one
//! language, a date, a reference, a list.
//!
//! The change log names the fields that a version changed, ownership is kept per field, and three-way
//! merges compare them.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// Members that identify the version, and are no fields.
const ENVELOPE_MEMBERS: [&str; 6] = ["id", "kind", "version", "created_at", "updated_at", "origin"];

/// Values by JSON Pointer.
pub(super) type FieldValues<'a> = BTreeMap<String, &'a Value>;

/// Returns the fields of a canonical record.
pub(super) fn field_values(record: &Map<String, Value>) -> FieldValues<'_> {
    let mut found = FieldValues::new();
    for (name, value) in record.iter().filter(|(name, _)| !ENVELOPE_MEMBERS.contains(&name.as_str())) {
        collect_fields(format!("/{name}"), value, &mut found);
    }
    found
}

fn collect_fields<'a>(pointer: String, value: &'a Value, found: &mut FieldValues<'a>) {
    match value {
        Value::Object(members) if !is_single_value(members) => {
            for (name, member) in members {
                collect_fields(format!("{pointer}/{name}"), member, found);
            }
        }
        // A list that is empty is a list that is not there.
        Value::Array(items) if items.is_empty() => {}
        _ => drop(found.insert(pointer, value)),
    }
}

/// Returns the members that a body removes on purpose: by null, or by an empty list.
pub(super) fn explicit_removals(body: &Value) -> Vec<String> {
    fn collect_removals(pointer: &str, value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Null => found.push(pointer.to_owned()),
            Value::Array(items) if items.is_empty() => found.push(pointer.to_owned()),
            Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(name, value)| collect_removals(&format!("{pointer}/{name}"), value, found));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect_removals("", body, &mut found);
    found
}

/// Returns whether a pointer is one of `above`, or below one.
pub(super) fn is_at_or_below(pointer: &str, above: &[String]) -> bool {
    above.iter().any(|above| {
        pointer.strip_prefix(above.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Returns the pointers of the fields that differ between two versions.
pub(super) fn changed_fields(old: Option<&Map<String, Value>>, new: &Map<String, Value>) -> Vec<String> {
    let (old, new) = (old.map(field_values).unwrap_or_default(), field_values(new));
    let mut pointers: Vec<&String> = old.keys().chain(new.keys()).collect();
    pointers.sort();
    pointers.dedup();
    pointers.into_iter().filter(|pointer| old.get(*pointer) != new.get(*pointer)).cloned().collect()
}

/// Merges the members of a body into a record: texts by language; dates, references and lists as a whole.
/// Null removes a member, an absent one stays; identifiers stay in schemes of which the body gives no other
/// value.
pub fn merge_partial(record: &mut Map<String, Value>, body: &Map<String, Value>) {
    for (name, value) in body {
        match (record.get_mut(name), value) {
            (None, Value::Null) => {}
            (Some(_), Value::Null) => drop(record.shift_remove(name)),
            (Some(Value::Object(below)), Value::Object(given)) if !is_single_value(given) => {
                merge_partial(below, given);
                if below.is_empty() {
                    record.shift_remove(name);
                }
            }
            (Some(Value::Array(held)), Value::Array(given)) if name == "identifiers" && !given.is_empty() => {
                let scheme = |identifier: &Value| identifier.get("scheme").cloned();
                let there: HashSet<&Value> = held.iter().collect();
                let new = given.iter().filter(|given| !there.contains(given));
                let replaced: HashSet<Option<Value>> = new.map(scheme).collect();
                let given_again: HashSet<&Value> = given.iter().collect();
                held.retain(|held| !given_again.contains(held) && !replaced.contains(&scheme(held)));
                held.extend(given.iter().cloned());
            }
            (None, Value::Object(given)) if !is_single_value(given) => {
                let mut below = Map::new();
                merge_partial(&mut below, given);
                if !below.is_empty() {
                    record.insert(name.clone(), below.into());
                }
            }
            _ => drop(record.insert(name.clone(), value.clone())),
        }
    }
}

/// Returns whether an object is one value: a date or a reference.
fn is_single_value(members: &Map<String, Value>) -> bool {
    members.contains_key("edtf") || members.contains_key("id")
}

/// Sets or removes a field of a record, and removes objects that this leaves empty.
pub(super) fn set_field(record: &mut Map<String, Value>, pointer: &str, value: Option<&Value>) {
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
                set_field(below, rest, value);
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
            changed_fields(Some(&old), &new),
            ["/host", "/name/en", "/name/ja", "/population/value", "/since", "/themes"]
        );
        assert_eq!(changed_fields(Some(&new), &new), Vec::<String>::new());
        let mut made = old.clone();
        for pointer in changed_fields(Some(&old), &new) {
            set_field(&mut made, &pointer, new.get("x").or(field_values(&new).get(&pointer).copied()));
        }
        assert_eq!(field_values(&made), field_values(&new));
    }

    #[test]
    fn what_is_given_is_put_over_what_is_there() {
        let held = json!({
            "name": {"fr": "a", "ja": "b"}, "host": {"id": "1", "kind": "authority"}, "themes": ["culture"],
            "population": {"value": 3}, "identifiers": [{"scheme": "slug", "value": "x"}, {"scheme": "clair", "value": "1"}]
        });
        for (given, pointer, expected) in [
            (json!({"name": {"fr": "c"}}), "/name", json!({"fr": "c", "ja": "b"})),
            (json!({"name": {"ja": null}}), "/name", json!({"fr": "a"})),
            (json!({"name": {}}), "/name", held["name"].clone()),
            (json!({"population": {"value": null}}), "/population", Value::Null),
            (json!({"host": {"id": "slug:y"}}), "/host", json!({"id": "slug:y"})),
            (json!({"themes": []}), "/themes", json!([])),
            (json!({"summary": {"fr": null}}), "/summary", Value::Null),
            (json!({"area": null, "summary": {}}), "", held.clone()),
            (
                json!({"identifiers": [{"scheme": "clair", "value": "2"}]}),
                "/identifiers",
                json!([{"scheme": "slug", "value": "x"}, {"scheme": "clair", "value": "2"}]),
            ),
            (
                json!({"identifiers": [{"value": "x", "scheme": "slug"}]}),
                "/identifiers",
                json!([{"scheme": "clair", "value": "1"}, {"scheme": "slug", "value": "x"}]),
            ),
            (json!({"identifiers": null}), "/identifiers", Value::Null),
        ] {
            let mut made = record(&held);
            merge_partial(&mut made, given.as_object().unwrap());
            let made = Value::Object(made);
            assert_eq!(made.pointer(pointer).cloned().unwrap_or_default(), expected, "{given}");
        }
    }

    #[test]
    fn what_is_taken_away_on_purpose_is_said() {
        let body = json!({"a": null, "b": [], "c": {"d": null, "e": 1}, "f": [null], "g": {}});
        let removed = explicit_removals(&body);
        assert_eq!(removed, ["/a", "/b", "/c/d"]);
        assert!(is_at_or_below("/a/fr", &removed) && is_at_or_below("/c/d", &removed));
        assert!(!is_at_or_below("/ab", &removed) && !is_at_or_below("/c/e", &removed));
    }
}
