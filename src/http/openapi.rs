//! Builders for OpenAPI schemas, parameters, responses and read operations.

use super::negotiation::MediaFormat;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A schema: a string with an example.
#[must_use]
pub fn string_schema(about: &str, example: &str) -> Value {
    json!({"type": "string", "description": about, "examples": [example]})
}

/// A schema: a non-negative integer with an example.
#[must_use]
pub fn integer_schema(about: &str, example: i64) -> Value {
    json!({"type": "integer", "minimum": 0, "description": about, "examples": [example]})
}

/// A schema: one of these codes.
#[must_use]
pub fn enum_schema(about: &str, codes: &[&str]) -> Value {
    json!({"type": "string", "enum": codes, "description": about, "examples": [codes.first()]})
}

/// A reference to a component with another description.
#[must_use]
pub fn described_ref(name: &str, about: &str) -> Value {
    let mut schema = schema_ref(name);
    schema.as_object_mut().map(|members| members.insert("description".into(), about.into()));
    schema
}

/// A schema: an array.
#[must_use]
pub fn array_schema(about: &str, items: &Value) -> Value {
    json!({"type": "array", "description": about, "items": items})
}

/// A schema: an object; a member whose name ends in `?` is optional.
#[must_use]
pub fn object_schema<const N: usize>(about: &str, members: [(&str, Value); N]) -> Value {
    let required: Vec<&str> =
        members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    let required: Value = required.into();
    let named = |(name, schema): (&str, Value)| (name.trim_end_matches('?').to_owned(), schema);
    let members: Map<String, Value> = members.into_iter().map(named).collect();
    json!({"type": "object", "description": about, "required": required, "properties": members})
}

/// A query parameter.
#[must_use]
pub fn query_parameter(name: &str, schema: &Value, about: &str, example: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about, "example": example})
}

/// A query parameter that is a string.
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

/// How an operation is named and described in the document.
#[derive(Debug, Clone, Copy)]
pub struct OperationText<'a> {
    /// The tag under which it is listed.
    pub tag: &'a str,
    /// Its `operationId`.
    pub id: &'a str,
    /// One line.
    pub summary: &'a str,
    /// What a client needs to know.
    pub description: &'a str,
}

/// A GET operation, answered as JSON and in `others`.
#[must_use]
pub fn read_operation(
    text: OperationText<'_>,
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
        "operationId": text.id, "tags": [text.tag], "summary": text.summary, "description": text.description,
        "parameters": parameters, "responses": responses(vec![("200", found), ("304", same)], problems)
    })
}

/// The `content` of a body or response: one media type, one component.
#[must_use]
pub fn content(media: &str, component: &str) -> Value {
    json!({media: {"schema": schema_ref(component)}})
}

/// References to shared response headers.
#[must_use]
pub fn header_refs(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect::<Map<_, _>>()
        .into()
}

/// The reference to the shared response of an error status.
#[must_use]
pub fn problem_ref(status: &'static str) -> (&'static str, Value) {
    (status, json!({"$ref": format!("#/components/responses/{status}")}))
}

/// The responses of an operation: its own, the named problems, and the default problem.
#[must_use]
pub fn responses(own: Vec<(&'static str, Value)>, problems: &[&'static str]) -> Value {
    let mut all: Map<String, Value> =
        own.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect();
    for status in problems.iter().chain(&["default"]) {
        let (status, answer) = problem_ref(status);
        all.insert(status.to_owned(), answer);
    }
    all.into()
}

/// References to shared parameters.
#[must_use]
pub fn parameter_refs(names: &[&str]) -> Value {
    names.iter().map(|name| parameter_ref(name)).collect()
}

/// Appends parameters to those of an operation.
pub fn add_parameters(parameters: &mut Value, more: &[Value]) {
    parameters.as_array_mut().into_iter().for_each(|list| list.extend_from_slice(more));
}

/// A reference to a shared parameter.
#[must_use]
pub fn parameter_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// `*`, or a list of entity tags (RFC 9110 section 8.8.3).
const ETAG_LIST_PATTERN: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

pub(super) fn header_parameter(name: &str, required: bool, about: &str, example: &str) -> Value {
    let schema = json!({"type": "string", "pattern": ETAG_LIST_PATTERN});
    json!({"name": name, "in": "header", "required": required, "schema": schema, "description": about, "example": example})
}

/// The header parameter `If-Match`.
#[must_use]
pub fn if_match_parameter(required: bool) -> Value {
    let about = "The ETag (or only `\"version\"`) of the record that is to be changed; another version by now is a 412. `*` overrides on purpose.";
    // Not `required` in the document: without it the answer is the 428 that is described.
    header_parameter(
        "If-Match",
        false,
        if required {
            about
        } else {
            "Needed when the path has a UUID: the ETag of the record that is to be replaced, or `*`."
        },
        "\"7\"",
    )
}

/// The header parameter `If-None-Match: *` of a write.
#[must_use]
pub fn create_only_parameter() -> Value {
    header_parameter("If-None-Match", false, "`*` only creates: a record that exists is a 412.", "*")
}

/// The header parameter `If-None-Match` of a read.
#[must_use]
pub fn if_none_match_parameter() -> Value {
    let about = "The ETag that the caller has: the same answer is a 304.";
    json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"}, "description": about,
        "example": "\"7-0011223344556677\""
    })
}

/// A query parameter with a list of values, separated by commas.
#[must_use]
pub fn list_parameter(name: &str, about: &str, items: &Value, example: &str) -> Value {
    let example: Vec<&str> = example.split(',').collect();
    json!({
        "name": name, "in": "query", "required": false, "schema": {"type": "array", "items": items}, "style": "form", "explode": false,
        "description": about, "example": example
    })
}

/// A query parameter with one value.
#[must_use]
pub fn single_parameter(name: &str, about: &str, schema: &Value, example: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about, "example": example})
}

/// The parameter `format` with the formats offered.
#[must_use]
pub fn format_parameter(offered: &[MediaFormat]) -> Value {
    let names: Vec<&str> = offered.iter().map(|format| format.name()).collect();
    let about = "The form of the answer; wins over `Accept`. Of lists of records, forms other than `json` and `atom` are \
                 whole, unless `limit` or `cursor` is given.";
    single_parameter(
        "format",
        about,
        &json!({"type": "string", "enum": names, "default": "json"}),
        &"csv".into(),
    )
}

/// Components by name.
pub type Components = BTreeMap<String, Value>;

/// Where schemas stand in the document.
pub const SCHEMA_PREFIX: &str = "#/components/schemas/";

/// A reference to a schema.
#[must_use]
pub fn schema_ref(name: &str) -> Value {
    json!({"$ref": format!("{SCHEMA_PREFIX}{name}")})
}
