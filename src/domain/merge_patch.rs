//! JSON Merge Patch (RFC 7396).

use serde_json::{Map, Value};

/// Applies a merge patch. Unlike the RFC's algorithm, a patch object that only removes members creates no
/// empty object where there is none.
pub fn apply(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Map::new().into();
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        match members.get_mut(name) {
            Some(_) if change.is_null() => drop(members.swap_remove(name)),
            Some(member) => apply(member, change),
            None if only_removes(change) => {}
            None => {
                let mut member = Value::Null;
                apply(&mut member, change);
                members.insert(name.clone(), member);
            }
        }
    }
}

/// Whether a patch only removes members.
fn only_removes(patch: &Value) -> bool {
    match patch {
        Value::Null => true,
        Value::Object(members) => !members.is_empty() && members.values().all(only_removes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (target, patch, expected) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        ] {
            let mut changed = target.clone();
            apply(&mut changed, &patch);
            assert_eq!(changed, expected, "{target} {patch}");
        }
    }

    #[test]
    fn null_changes_nothing_where_there_is_nothing() {
        for patch in [json!({"a": {"b": null}}), json!({"a": {"b": {"c": null}, "d": null}})] {
            let mut target = json!({"x": 1});
            apply(&mut target, &patch);
            assert_eq!(target, json!({"x": 1}), "{patch}");
        }
        let mut target = json!({"a": {"b": 1}});
        apply(&mut target, &json!({"a": {"b": null, "c": {"d": null}}}));
        assert_eq!(target, json!({"a": {}}));
        let mut target = json!({});
        apply(&mut target, &json!({"a": {"b": 1, "c": null}}));
        assert_eq!(target, json!({"a": {"b": 1}}));
    }
}
