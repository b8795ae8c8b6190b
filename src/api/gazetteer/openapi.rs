//! OpenAPI operations and schemas of the gazetteer.

use crate::api::tags::GAZETTEER_TAG;
use crate::domain::vocabularies::authority::{AuthorityLevel, Country};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::openapi::{Components, parameter_ref, responses, schema_ref};
use serde_json::{Map, Value, json};

const LIST_DESCRIPTION: &str = "With `q`, one page of what it finds, best first: whole names and codes, names that begin so, names \
with a word that does, then the more populous. Accents, case, hyphens, width, kana and long vowels do not matter; `St` and \
`Ste` are `Saint` and `Sainte`. Without `q`, all of them in order of their codes, a page at a time. Numbers: Code officiel \
géographique 2026 and localgovjp; see `data/gazetteer/README.md` for licences and vintages.";

fn codes_parameter(name: &str, terms: &[VocabularyTerm], description: &str, example: &str) -> Value {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    json!({"name": name, "in": "query", "required": false, "style": "form", "explode": false, "description": description,
        "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": codes}}, "example": [example]})
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let parameter = |name: &str, schema: Value, description: &str, example: Value| json!({"name": name, "in": "query", "required": false, "schema": schema, "description": description, "example": example});
    let answer = |description: &str, component: &str, headers: &[&str]| {
        let headers: Map<String, Value> = headers
            .iter()
            .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
            .collect();
        json!({"description": description, "headers": headers, "content": {"application/json": {"schema": schema_ref(component)}}})
    };
    let parameters = json!([
        parameter(
            "q",
            json!({"type": "string", "minLength": 1}),
            "The beginning of a name, or of words of it, in any script; or of a code.",
            "miya".into()
        ),
        codes_parameter("country", Country::TERMS, "The country. Repeated or separated by commas.", "JP"),
        codes_parameter(
            "level",
            AuthorityLevel::TERMS,
            "The level. Repeated or separated by commas.",
            "city"
        ),
        parameter(
            "near",
            json!({"type": "string"}),
            "Within a distance of a place: `latitude,longitude,kilometres`. What has no location never matches.",
            "31.91,131.42,50".into()
        ),
        parameter(
            "limit",
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            "The most authorities of a page.",
            20.into()
        ),
        parameter_ref("cursor"),
        parameter_ref("count"),
        parameter_ref("lang"),
    ]);
    let list = json!({"operationId": "list_gazetteer", "tags": [GAZETTEER_TAG.0], "summary": "Find any authority of both countries",
        "description": LIST_DESCRIPTION, "parameters": parameters,
        "responses": responses(vec![("200", answer("A page", "GazetteerPage", &["ETag", "Link"]))], &["400", "503"])});
    let code = json!({"name": "authority", "in": "path", "required": true, "schema": {"type": "string"},
        "description": "A code as `scheme:value`.", "example": "insee_com:35238"});
    let moved = json!({"description": "The code was that of an authority since absorbed: this is the one that absorbed it.",
        "headers": {"Location": {"$ref": "#/components/headers/Location"}}});
    let get = json!({"operationId": "get_gazetteer_entry", "tags": [GAZETTEER_TAG.0], "summary": "Get an authority of the gazetteer",
        "description": "By any of its codes. No record is made of it.", "parameters": [code, parameter_ref("lang")],
        "responses": responses(vec![("200", answer("The authority", "GazetteerEntry", &["ETag"])), ("301", moved)], &["400", "404", "503"])});
    Map::from_iter([
        ("/v1/gazetteer".to_owned(), json!({"get": list})),
        ("/v1/gazetteer/{authority}".to_owned(), json!({"get": get})),
    ])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let text = |description: &str, example: &str| json!({"type": "string", "description": description, "examples": [example]});
    let listed = |description: &str, terms: &[VocabularyTerm], example: &str| {
        let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
        json!({"type": "string", "description": description, "enum": codes, "examples": [example]})
    };
    let number = |description: &str, example: Value| json!({"type": "number", "description": description, "examples": [example]});
    let other = |description: &str| {
        json!({"type": "object", "description": description, "required": ["code", "name", "href"], "properties": {
            "code": text("Its code.", "insee_reg:53"), "name": schema_ref("Text"),
            "href": text("Where it is read.", "/v1/gazetteer/insee_reg:53")}})
    };
    let population = json!({"type": "object", "description": "How many people live there. Where only the century is known, the number is rough.",
    "required": ["value", "as_of"], "properties": {
        "value": {"type": "integer", "minimum": 0, "description": "The number of inhabitants.", "examples": [230_890]},
        "as_of": {"type": "object", "description": "When.", "required": ["edtf"], "properties": {"edtf": text("The date (EDTF).", "2023-01-01")}},
        "qualifier": text("How exact the number is.", "about")}});
    let location = json!({"type": "object", "description": "Where its seat is (WGS 84).", "required": ["lat", "lon"], "properties": {
        "lat": number("Latitude in degrees.", json!(48.0931)), "lon": number("Longitude in degrees.", json!(-1.6749))}});
    let adopted = json!({"type": "object", "description": "The record that the registry holds of it; absent when it holds none.",
    "required": ["id", "href"], "properties": {
        "id": {"type": "string", "format": "uuid", "description": "Its id.", "examples": ["0192d0a4-7c00-7000-8000-000000000001"]},
        "href": text("Where it is read.", "/v1/authorities/0192d0a4-7c00-7000-8000-000000000001")}});
    let entry = json!({"type": "object", "description": "A local authority, as the official codes name it.",
    "required": ["code", "identifiers", "country", "level", "name", "status"], "properties": {
        "code": text("The code by which a Ref names it.", "insee_com:35238"),
        "identifiers": {"type": "array", "description": "All its codes.", "items": schema_ref("Identifier")},
        "country": listed("The country.", Country::TERMS, "FR"),
        "level": listed("The level.", AuthorityLevel::TERMS, "commune"),
        "name": schema_ref("Text"),
        "official_name": schema_ref("Text"),
        "parent": other("The region or prefecture above it."),
        "population": population,
        "location": location,
        "coast_km": {"type": "integer", "minimum": 0, "description": "How far its seat is from the sea, in kilometres, on a map of 1:10 million.", "examples": [52]},
        "status": {"type": "string", "enum": ["active", "merged"], "description": "Whether it still exists.", "examples": ["active"]},
        "successor": other("The authority that absorbed it."),
        "adopted": adopted}});
    let page = json!({"type": "object", "description": "A page of authorities.", "required": ["items", "page"], "properties": {
        "items": {"type": "array", "description": "The authorities.", "items": schema_ref("GazetteerEntry")}, "page": schema_ref("Page")}});
    Components::from([("GazetteerEntry".into(), entry), ("GazetteerPage".into(), page)])
}
