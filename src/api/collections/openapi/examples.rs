//! Examples in the schemas of a kind, taken from its sample.

use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::http::openapi::{Components, SCHEMA_PREFIX};
use serde_json::{Map, Value, json};

/// Returns a sample body as a response has it: references with name and link, dates with bounds and label.
pub(super) fn present_sample(sample: Value) -> Value {
    const ID: &str = "0192d0a4-7c00-7000-8000-000000000001";
    match sample {
        Value::Object(mut members) => {
            if let Some(edtf) = members.get("edtf").and_then(Value::as_str).map(str::to_owned) {
                PartialDate::add_bounds_and_label(&edtf, &mut members);
                return members.into();
            }
            if members.get("id").is_some_and(Value::is_string) && members.len() <= 2 {
                let kind = members.get("kind").and_then(Value::as_str).unwrap_or("authority").to_owned();
                let path = Kind::from_name(&kind).map_or("", Kind::path);
                return json!({"id": ID, "kind": kind, "name": {"fr": "Shizuoka", "ja": "静岡市"}, "href": format!("/v1/{path}/{ID}")});
            }
            members
                .into_iter()
                .map(|(name, value)| (name, present_sample(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(present_sample).collect(),
        other => other,
    }
}

/// Gives every member without an example that of `sample`, inside components too.
pub(super) fn add_examples(schema: &mut Value, sample: &Value, base: &mut Components) {
    if let Some(name) = referenced_component(schema).map(str::to_owned) {
        if let Some(mut component) = base.remove(&name) {
            add_examples(&mut component, sample, base);
            base.insert(name, component);
        }
        return;
    }
    if let (Some(items), Some(first)) = (schema.get_mut("items"), sample.get(0)) {
        add_examples(items, first, base);
    }
    for (name, member) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(value) = sample.get(name) else { continue };
        if let Some(member) = member.as_object_mut()
            && !member.contains_key("examples")
            && !member.contains_key("example")
        {
            member.insert("examples".into(), json!([value]));
        }
        add_examples(member, value, base);
    }
}

/// Returns the name of the component that a `$ref` points to.
pub(super) fn referenced_component(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(SCHEMA_PREFIX)
}
