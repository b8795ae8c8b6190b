//! Pieces of the document that the questions share.

use super::INSIGHT_TAG;
use crate::http::negotiation::MediaFormat;
use crate::registry::collection::document::{content, header_refs, responses};
use crate::registry::collection::parameters::{format_parameter, parameter_ref};
use serde_json::{Map, Value, json};

/// A string, with an example.
#[must_use]
pub fn string_schema(about: &str, example: &str) -> Value {
    json!({"type": "string", "description": about, "examples": [example]})
}

/// A whole number that is not negative, with an example.
#[must_use]
pub fn integer_schema(about: &str, example: i64) -> Value {
    json!({"type": "integer", "minimum": 0, "description": about, "examples": [example]})
}

/// One of these codes.
#[must_use]
pub fn enum_schema(about: &str, codes: &[&str]) -> Value {
    json!({"type": "string", "enum": codes, "description": about, "examples": [codes.first()]})
}

/// A component under another description.
#[must_use]
pub fn described_ref(name: &str, about: &str) -> Value {
    let mut schema = crate::registry::collection::schemas::schema_ref(name);
    schema.as_object_mut().map(|members| members.insert("description".into(), about.into()));
    schema
}

/// A list.
#[must_use]
pub fn array_schema(about: &str, items: &Value) -> Value {
    json!({"type": "array", "description": about, "items": items})
}

/// An object; members whose names end in `?` may be absent.
#[must_use]
pub fn object_schema<const N: usize>(about: &str, members: [(&str, Value); N]) -> Value {
    let required: Vec<&str> =
        members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let required: Value = required.into();
    let named = |(name, schema): (&str, Value)| (name.trim_end_matches('?').to_owned(), schema);
    let members: Map<String, Value> = members.into_iter().map(named).collect();
    json!({"type": "object", "description": about, "required": required, "properties": members})
}

/// A query parameter given at most once.
#[must_use]
pub fn query_parameter(name: &str, schema: &Value, about: &str, example: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about, "example": example})
}

/// A query parameter that is a string given at most once.
#[must_use]
pub fn string_parameter(name: &str, about: &str, example: &str) -> Value {
    query_parameter(name, &json!({"type": "string"}), about, &example.into())
}

/// A query parameter with several codes, separated by commas.
#[must_use]
pub fn codes_parameter(name: &str, codes: &[&str], about: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": codes}},
        "description": about, "example": [example]
    })
}

/// A read, answered as JSON and in these other forms.
#[must_use]
pub fn read_operation(
    id: &str,
    summary: &str,
    about: &str,
    mut parameters: Vec<Value>,
    answer: &str,
    others: &[MediaFormat],
    problems: &[&'static str],
) -> Value {
    let mut forms_of = content(MediaFormat::Json.media_type(), answer);
    if !others.is_empty() {
        let offered: Vec<MediaFormat> = [MediaFormat::Json].iter().chain(others).copied().collect();
        parameters.push(format_parameter(&offered));
        parameters.extend(["bom", "delimiter"].map(parameter_ref));
    }
    for format in others {
        let about = match format {
            MediaFormat::Csv => "RFC 4180, with headings in the language asked for.",
            _ => "In the language asked for.",
        };
        let schema = json!({"schema": {"type": "string", "description": about}});
        forms_of.as_object_mut().map(|forms| forms.insert(format.media_type().into(), schema));
    }
    parameters.push(parameter_ref("lang"));
    let pages = parameters.contains(&parameter_ref("cursor"));
    let headers = if pages { header_refs(&["ETag", "Link"]) } else { header_refs(&["ETag"]) };
    let found = json!({"description": "The answer", "headers": headers, "content": forms_of});
    let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
    json!({
        "operationId": id, "tags": [INSIGHT_TAG.0], "summary": summary, "description": about,
        "parameters": parameters, "responses": responses(vec![("200", found), ("304", same)], problems)
    })
}
