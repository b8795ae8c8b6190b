//! The OpenAPI document: it is the committed one, and complete in itself.

use kakehashi::kinds::all;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::path::Path;

/// The document, read once.
pub(crate) fn document() -> Value {
    serde_json::from_str(kakehashi::server::openapi::document_text()).unwrap()
}

/// A node of the document, references followed.
pub(crate) fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(path) => {
            let target = path.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            resolve(document, target.unwrap_or_else(|| panic!("{path} leads nowhere")))
        }
        None => node,
    }
}

/// An operation of the document.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: String,
    pub(crate) node: &'a Value,
    /// Its parameters and those of its path, references followed.
    pub(crate) parameters: Vec<&'a Value>,
}

impl Operation<'_> {
    pub(crate) fn needs_a_key(&self) -> bool {
        let ways = self.node["security"].as_array().cloned().unwrap_or_default();
        !ways.is_empty() && ways.iter().all(|way| way.as_object().is_some_and(|way| !way.is_empty()))
    }

    pub(crate) fn name(&self) -> &str {
        self.node["operationId"].as_str().unwrap()
    }
}

/// Every operation of the document.
pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
    const METHODS: [&str; 7] = ["get", "head", "options", "post", "put", "patch", "delete"];
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, node) in
            item.as_object().unwrap().iter().filter(|(name, _)| METHODS.contains(&name.as_str()))
        {
            let lists = [&item["parameters"], &node["parameters"]];
            let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
            let parameters = parameters.map(|parameter| resolve(document, parameter)).collect();
            operations.push(Operation { path, method: method.to_uppercase(), node, parameters });
        }
    }
    operations
}

/// Calls `see` with every object of the document and its place.
fn walk<'a>(node: &'a Value, place: &str, see: &mut impl FnMut(&str, &'a Map<String, Value>)) {
    match node {
        Value::Object(members) => {
            see(place, members);
            for (name, value) in members {
                walk(value, &format!("{place}/{name}"), see);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{index}"), see);
            }
        }
        _ => {}
    }
}

/// Every member of every schema: its place and its own schema.
fn properties(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    walk(&document["components"]["schemas"], "", &mut |place, schema| {
        // A member that is called `properties` has a schema there, not a map of them.
        let members =
            schema.get("properties").and_then(Value::as_object).filter(|_| schema.contains_key("type"));
        found.extend(members.into_iter().flatten().map(|(name, member)| (format!("{place}/{name}"), member)));
    });
    found
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let text = format!("{}\n", kakehashi::server::openapi::document_text());
    if std::env::var("UPDATE_OPENAPI").is_ok_and(|value| value == "1") {
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == text,
        "openapi/openapi.json is not what is served: run the tests with UPDATE_OPENAPI=1"
    );
}

#[test]
fn operation_ids_are_unique_and_say_what_is_done_to_what() {
    let document = document();
    let mut seen = HashSet::new();
    for operation in operations(&document) {
        let name = operation.name();
        let (verb, noun) = name.split_once('_').unwrap_or_default();
        let verbs = [
            "list", "get", "create", "put", "patch", "delete", "revoke", "diff", "restore", "merge",
            "rotate", "replay",
        ];
        assert!(verbs.contains(&verb), "{name}");
        assert!(noun.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_'), "{name}");
        assert!(seen.insert(name.to_owned()), "{name} stands twice");
    }
    assert!(seen.len() > 50, "{}", seen.len());
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let document = document();
    let mut used = HashSet::new();
    walk(&document, "", &mut |_, members| {
        if let Some(path) = members.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(path.strip_prefix('#').unwrap()).is_some(), "{path} leads nowhere");
            used.insert(path.to_owned());
        }
    });
    for (sort, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys().filter(|_| sort != "securitySchemes") {
            assert!(used.contains(&format!("#/components/{sort}/{name}")), "{sort}/{name} is not used");
        }
    }
}

#[test]
fn every_operation_and_parameter_is_described_with_an_example() {
    let document = document();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for operation in operations(&document) {
        let name = operation.name();
        for member in ["summary", "description"] {
            assert!(operation.node[member].as_str().is_some_and(|text| !text.is_empty()), "{name}: {member}");
        }
        assert!(tags.contains(&&operation.node["tags"][0]), "{name}: no such tag");
        let writes = operation.method != "GET";
        assert!(!writes || operation.needs_a_key(), "{name} writes without a key");
        for parameter in &operation.parameters {
            let what = format!("{name}: {}", parameter["name"]);
            assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
            // No cursor can be made up.
            let illustrated = parameter.get("example").or_else(|| parameter.get("examples")).is_some();
            assert!(illustrated || parameter["name"] == "cursor", "{what} has no example");
        }
        for placeholder in operation.path.split(['{', '}']).skip(1).step_by(2) {
            let declared = |parameter: &&Value| parameter["in"] == "path" && parameter["name"] == placeholder;
            assert!(operation.parameters.iter().any(declared), "{name}: {placeholder} is not declared");
        }
    }
}

#[test]
fn every_member_is_described() {
    let document = document();
    let properties = properties(&document);
    assert!(properties.len() > 500, "{}", properties.len());
    let described = |schema: &Value| {
        let own = schema["description"].as_str();
        own.or_else(|| resolve(&document, schema)["description"].as_str())
            .is_some_and(|text| !text.is_empty())
    };
    let bare: Vec<_> =
        properties.iter().filter(|(_, schema)| !described(schema)).map(|(place, _)| place).collect();
    assert!(bare.is_empty(), "not described: {bare:#?}");
}

/// Whether a schema has an example: its own, its component's, its items', or those of all its members.
fn illustrated(document: &Value, schema: &Value, depth: usize) -> bool {
    let below = |schema: &Value| depth < 12 && illustrated(document, schema, depth + 1);
    let list = |name: &str| schema[name].as_array().filter(|list| !list.is_empty());
    if list("examples").is_some() || schema.get("example").is_some() || schema.get("const").is_some() {
        return true;
    }
    if schema.get("$ref").is_some() {
        return below(resolve(document, schema));
    }
    if let Some(choices) = list("anyOf").or_else(|| list("oneOf")) {
        return choices.iter().any(below);
    }
    if let Some(items) = schema.get("items") {
        return below(items);
    }
    let members = schema["properties"].as_object().filter(|members| !members.is_empty());
    members.is_some_and(|members| members.values().all(below))
}

#[test]
fn every_member_has_an_example() {
    let document = document();
    let bare: Vec<_> = properties(&document)
        .into_iter()
        .filter(|(_, schema)| !illustrated(&document, schema, 0))
        .map(|(place, _)| place)
        .collect();
    assert!(bare.is_empty(), "without an example: {bare:#?}");
}

#[test]
fn bodies_are_closed_and_answers_open() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let is_body = |name: &str| {
        name.ends_with("Input")
            || name.ends_with("Patch") && name != "JsonPatch" && schemas.contains_key(name)
    };
    let (mut closed, mut open) = (0, 0);
    for (name, schema) in schemas {
        walk(schema, name, &mut |place, node| {
            let is_object = node.get("properties").is_some_and(Value::is_object) && node.contains_key("type");
            if is_object && is_body(name) {
                assert_eq!(node.get("additionalProperties"), Some(&Value::Bool(false)), "{place} is open");
                closed += 1;
            } else if is_object {
                assert_ne!(node.get("additionalProperties"), Some(&Value::Bool(false)), "{place} is closed");
                open += 1;
            }
        });
    }
    assert!(closed > 20 && open > 20, "{closed} {open}");
    for operation in
        operations(&document).iter().filter(|operation| operation.node.get("requestBody").is_some())
    {
        for (media, content) in operation.node["requestBody"]["content"].as_object().unwrap() {
            let name = content["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            assert!(is_body(name) || name == "JsonPatch", "{}: {media} is a {name}", operation.name());
        }
    }
}

#[test]
fn every_kind_has_its_schemas_and_samples_that_fit_them() {
    let document = document();
    for kind in kakehashi::domain::kind::Kind::ALL {
        let one = all::definition(*kind).schema_name();
        for name in [one.to_owned(), format!("{one}Input"), format!("{one}Patch"), format!("{one}Page")] {
            assert!(document["components"]["schemas"].get(&name).is_some(), "{name} is missing");
        }
        let input = &document["components"]["schemas"][format!("{one}Input")];
        let sample = &input["examples"][0];
        let faults = crate::conformance::misfits(&document, input, sample, one);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn every_documented_error_is_a_problem_of_the_catalogue() {
    let document = document();
    let statuses: HashSet<String> = kakehashi::domain::errors::codes::ErrorCode::ALL
        .iter()
        .map(|code| code.status().to_string())
        .collect();
    for operation in operations(&document) {
        for (status, answer) in operation.node["responses"].as_object().unwrap() {
            if status.starts_with(['4', '5']) {
                let answer = resolve(&document, answer);
                let schema = &answer["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{}: {status}", operation.name());
                assert!(statuses.contains(status), "{}: nothing answers {status}", operation.name());
            }
        }
    }
}
