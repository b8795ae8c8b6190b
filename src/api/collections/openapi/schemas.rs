//! OpenAPI schemas of a kind: `X` in responses, `XInput` in bodies, `XPatch` in merge patches.
//!
//! They are derived from the struct of the kind. Schemas of responses are open, those of bodies closed: members
//! that only responses have (names and links of references, bounds of dates, derived members) are left out, and
//! only known codes of vocabularies are allowed.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::examples::{add_examples, present_sample, referenced_component};
use crate::domain::citation::Citation;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::http::openapi::{Components, SCHEMA_PREFIX, schema_ref};
use crate::kinds::all;
use crate::kinds::definition::Definition;
use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;

/// The members that every record has beside its content, for their schemas.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Envelope {
    identifiers: Vec<Identifier>,
    citations: Vec<Citation>,
}

/// Returns the schemas of every kind by name.
#[must_use]
pub fn all_components() -> Components {
    let mut components = Vec::new();
    Envelope::schemas(&mut components);
    let mut contents = Vec::new();
    for kind in Kind::ALL {
        let (content, nested) = all::definition(*kind).schemas();
        components.extend(nested);
        contents
            .push((all::definition(*kind), without_null(serde_json::to_value(content).unwrap_or_default())));
    }
    let read = |(name, schema)| (name, without_null(serde_json::to_value(schema).unwrap_or_default()));
    let base: Components = components.into_iter().map(read).collect();
    let (mut response_components, mut input_components) = (base.clone(), base);
    let mut out = Components::new();
    for (definition, content) in contents {
        let (schema_name, mut response_content) = (definition.schema_name(), content.clone());
        add_examples(&mut response_content, &present_sample(definition.sample()), &mut response_components);
        let mut input_content = content;
        add_examples(&mut input_content, &definition.sample(), &mut input_components);
        let record = record_schema(definition, &response_schema(&response_content));
        out.insert(format!("{schema_name}Sparse"), sparse_schema(record.clone()));
        out.insert(schema_name.to_owned(), record);
        out.insert(
            format!("{schema_name}Input"),
            body_schema(definition, input_schema(&input_content, &input_components)),
        );
        out.insert(
            format!("{schema_name}Patch"),
            patch_schema(definition, input_schema(&input_content, &input_components)),
        );
        out.insert(format!("{schema_name}Page"), page_schema(schema_name));
    }
    out.insert("Included".into(), included_schema());
    out.extend(response_components.iter().map(|(name, schema)| (name.clone(), response_schema(schema))));
    let with_input = input_components.iter().filter(|(name, _)| has_input(name, &input_components));
    out.extend(with_input.map(|(name, schema)| {
        let mut closed = input_schema(schema, &input_components);
        allow_null_members(&mut closed);
        (format!("{name}Input"), closed)
    }));
    out
}

/// Returns the schema without `null`: in responses a member is present or not, never null.
fn without_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("oneOf") {
                choices.retain(|choice| choice.get("type") != Some(&"null".into()));
                if let [Value::Object(only)] = choices.as_slice() {
                    let mut merged = only.clone();
                    members.shift_remove("oneOf");
                    merged.extend(members);
                    members = merged;
                }
            }
            members.into_iter().map(|(name, value)| (name, without_null(value))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(without_null).collect(),
        other => other,
    }
}

/// Whether bodies have a schema of their own for this component.
fn has_input(name: &str, base: &Components) -> bool {
    let Some(schema) = base.get(name) else { return false };
    schema.get("enum").is_some() || schema.get("properties").is_some()
}

/// Returns the schema for responses: open, lists always present, codes that may become more.
fn response_schema(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("enum");
        members.shift_remove("minProperties");
        if let Some(examples) = members.get_mut("examples") {
            *examples = present_sample(examples.take());
        }
    }
    let always = |name: &str, member: &Value| {
        let is_list = member.get("type") == Some(&"array".into());
        is_list || ["href", "name"].contains(&name) && member.get("readOnly") == Some(&true.into())
    };
    let is_ref = schema.pointer("/properties/href").is_some();
    let is_date = schema.pointer("/properties/edtf").is_some();
    let mut required: Vec<Value> =
        schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, member) in properties {
            let is_required = always(name, member)
                || (is_ref && ["kind", "name"].contains(&name.as_str()))
                || (is_date && name == "label");
            if is_required && !required.contains(&name.as_str().into()) {
                required.push(name.as_str().into());
            }
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
    }
    schema
}

/// Returns the schema for bodies: closed, without derived members; a list may be left out unless it needs an
/// element.
fn input_schema(schema: &Value, base: &Components) -> Value {
    match schema {
        Value::Object(members) => {
            let mut closed = Map::new();
            for (name, value) in members {
                let value = match (name.as_str(), value) {
                    ("$ref", Value::String(path)) => {
                        let is_input =
                            path.strip_prefix(SCHEMA_PREFIX).is_some_and(|name| has_input(name, base));
                        if is_input { format!("{path}Input").into() } else { value.clone() }
                    }
                    ("properties", Value::Object(properties)) => {
                        let is_reference = properties.contains_key("href");
                        let is_date = properties.contains_key("edtf");
                        let is_derived = |name: &str, member: &Value| {
                            let is_read_only = member.get("readOnly") == Some(&true.into());
                            is_read_only || (is_reference && name == "name") || (is_date && name == "label")
                        };
                        let writable = properties.iter().filter(|(name, member)| !is_derived(name, member));
                        writable
                            .map(|(name, member)| (name.clone(), input_schema(member, base)))
                            .collect::<Map<_, _>>()
                            .into()
                    }
                    ("required", Value::Array(names)) => {
                        let properties = members.get("properties");
                        let may_be_left_out = |name: &Value| {
                            let member =
                                properties.and_then(|all| all.get(name.as_str().unwrap_or_default()));
                            member.is_some_and(|member| {
                                let optional_list = member.get("type") == Some(&"array".into())
                                    && member.get("minItems").is_none();
                                optional_list || member.get("default").is_some()
                            })
                        };
                        names.iter().filter(|name| !may_be_left_out(name)).cloned().collect()
                    }
                    ("examples" | "example" | "enum", value) => value.clone(),
                    (_, value) => input_schema(value, base),
                };
                closed.insert(name.clone(), value);
            }
            if closed.contains_key("properties") {
                closed.insert("additionalProperties".into(), false.into());
            }
            closed.into()
        }
        Value::Array(items) => items.iter().map(|item| input_schema(item, base)).collect(),
        other => other.clone(),
    }
}

fn id_schema(description: &str) -> Value {
    json!({"type": "string", "format": "uuid", "readOnly": true, "description": description, "examples": ["0192d0a4-7c00-7000-8000-000000000001"]})
}

fn time_schema(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "readOnly": true, "description": description, "examples": ["2026-11-22T09:30:00.000000Z"]})
}

fn list_schema(of: &str, description: &str) -> Value {
    json!({"type": "array", "items": schema_ref(of), "description": description})
}

const IDENTIFIERS: &str = "The identifiers by which others know the record.";
const CITATIONS: &str = "Which source says what of the record, in which words.";

/// Returns the schema of a record in responses.
fn record_schema(definition: &dyn Definition, content: &Value) -> Value {
    let kind = definition.kind().as_str();
    let mut members = Map::new();
    members.insert("id".into(), id_schema("The id of the record (UUID version 7)."));
    members.insert("kind".into(), json!({"type": "string", "const": kind, "readOnly": true, "description": "The kind of the record.", "examples": [kind]}));
    members.insert("version".into(), json!({"type": "integer", "minimum": 1, "readOnly": true, "description": "Counts the changes of the record.", "examples": [7]}));
    members.insert("created_at".into(), time_schema("When it was first written, in UTC."));
    members.insert("updated_at".into(), time_schema("When it was last written, in UTC."));
    members.insert("origin".into(), json!({"type": "string", "readOnly": true, "description": "The organisation that wrote it last.", "examples": ["kakehashi"]}));
    members.insert("label".into(), schema_ref("Label"));
    members.insert("identifiers".into(), list_schema("Identifier", IDENTIFIERS));
    members.extend(content.get("properties").and_then(Value::as_object).cloned().into_iter().flatten());
    for derived in definition.derived_members() {
        let mut schema = match derived.schema {
            simple @ ("string" | "boolean" | "integer") => json!({"type": simple, "readOnly": true}),
            component => schema_ref(component),
        };
        schema["description"] = derived.description.into();
        if let Some(example) = derived.example.and_then(|example| serde_json::from_str::<Value>(example).ok())
        {
            schema["examples"] = json!([example]);
        }
        members.insert(derived.name.into(), schema);
    }
    members.insert("citations".into(), list_schema("Citation", CITATIONS));
    members.insert("included".into(), json!({"$ref": format!("{SCHEMA_PREFIX}Included"), "description": "In answers to `include`: the records that refer to this one, by collection."}));
    members.insert("warnings".into(), json!({"type": "array", "items": schema_ref("Fault"), "readOnly": true, "description": "In answers to writes: soft rules that the record breaks."}));
    let always =
        ["id", "kind", "version", "created_at", "updated_at", "origin", "label", "identifiers", "citations"];
    let mut required: Vec<Value> = always.into_iter().map(Value::from).collect();
    required.extend(content.get("required").and_then(Value::as_array).cloned().into_iter().flatten());
    required.extend(
        definition
            .derived_members()
            .iter()
            .filter(|derived| derived.is_always_present)
            .map(|derived| derived.name.into()),
    );
    json!({"type": "object", "description": definition.description(), "properties": members, "required": required})
}

/// Returns the schema of a record in bodies.
fn body_schema(definition: &dyn Definition, mut content: Value) -> Value {
    content["description"] =
        format!("What can be written of a {}.", definition.kind().as_str().replace('_', " ")).into();
    content["examples"] = json!([definition.sample()]);
    content["properties"]["identifiers"] = list_schema("IdentifierInput", IDENTIFIERS);
    content["properties"]["citations"] = list_schema("CitationInput", CITATIONS);
    content["additionalProperties"] = false.into();
    allow_null_members(&mut content);
    content
}

/// Returns the schema of a member that may be null, which means the same as leaving it out; texts refer to
/// the component `text`.
fn or_null_schema(member: &Value, text: &str) -> Value {
    let (mut annotations, mut value_schema) = (Map::new(), member.as_object().cloned().unwrap_or_default());
    if value_schema.contains_key("anyOf") {
        value_schema = value_schema
            .get("anyOf")
            .and_then(|choices| choices.get(0)?.as_object().cloned())
            .unwrap_or_default();
        annotations
            .extend(member.as_object().cloned().into_iter().flatten().filter(|(name, _)| name != "anyOf"));
    }
    for name in ["description", "examples"] {
        annotations.extend(value_schema.shift_remove(name).map(|value| (name.to_owned(), value)));
    }
    if referenced_component(&Value::Object(value_schema.clone())) == Some("TextInput") {
        value_schema.insert("$ref".into(), format!("{SCHEMA_PREFIX}{text}").into());
    }
    annotations.insert("anyOf".into(), json!([value_schema, {"type": "null"}]));
    annotations.into()
}

/// Allows null for every member of a body that may be left out.
fn allow_null_members(schema: &mut Value) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, member) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        if !required.contains(&name.as_str().into()) {
            *member = or_null_schema(member, "TextInput");
        }
    }
}

/// Returns the schema of a merge patch: every member may be left out, or null to remove it.
fn patch_schema(definition: &dyn Definition, content: Value) -> Value {
    let mut schema = body_schema(definition, content);
    schema["description"] = format!(
        "A merge patch (RFC 7396) of a {}: members given replace, null removes.",
        definition.kind().as_str().replace('_', " ")
    )
    .into();
    schema["examples"] = json!([{"citations": []}]);
    if let Some(members) = schema.as_object_mut() {
        members.shift_remove("required");
    }
    for (_, member) in schema["properties"].as_object_mut().into_iter().flatten() {
        *member = or_null_schema(member, "TextPatch");
    }
    schema
}

/// Returns the schema of a record in GET: whole, or the members that `fields` selects.
#[must_use]
pub fn full_or_sparse_schema(schema_name: &str) -> Value {
    json!({"anyOf": [schema_ref(schema_name), schema_ref(&format!("{schema_name}Sparse"))]})
}

/// Returns the schema of a record of which members may be missing.
fn sparse_schema(mut record: Value) -> Value {
    if let Some(members) = record.as_object_mut() {
        members.shift_remove("required");
        members.insert("description".into(), "The members that `fields` asks for.".into());
    }
    record
}

/// Returns the schema of `included`: a page per collection.
fn included_schema() -> Value {
    let page = |kind: &Kind| {
        let page = schema_ref(&format!("{}Page", all::definition(*kind).schema_name()));
        let description =
            format!("The {} that refer to the record; at most 50.", kind.path().replace('-', " "));
        (kind.path().to_owned(), json!({"$ref": page["$ref"], "description": description}))
    };
    json!({
        "type": "object",
        "readOnly": true,
        "description": "The records that refer to this one, by collection: a page of each that `include` asks for, with its `total`. `next` is there where a filter of that list finds just the same.",
        "properties": Kind::ALL.iter().map(page).collect::<Map<_, _>>(),
        "examples": [{"visits": {"items": [], "page": {"limit": 50, "total": 0}}}]
    })
}

/// Returns the schema of a page of a list.
fn page_schema(schema_name: &str) -> Value {
    json!({
        "type": "object",
        "description": "One page of a list.",
        "required": ["items", "page"],
        "properties": {
            "items": {"type": "array", "items": full_or_sparse_schema(schema_name), "description": "The records of the page."},
            "page": schema_ref("Page"),
        }
    })
}
