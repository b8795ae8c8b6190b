//! OpenAPI operation and schemas of partner suggestions, with the method as a table.

use super::handlers::{LIMITS, method_json};
use crate::analytics::suggestions::criteria::{Criterion, METHOD_VERSION};
use crate::api::tags::INSIGHT_TAG;
use crate::http::openapi::{Components, content, parameter_ref, responses, schema_ref};
use crate::kinds::authorities::geo_filters::MAX_COAST_KM;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Describes the method in words and as a Markdown table.
fn describe_method() -> String {
    let mut description = format!(
        "Authorities of the other country that exist, are no partners yet and have something in common with this one, \
         best first; of the same score, the one recorded first. The score is the sum of weight × value over the \
         reasons; a criterion counts up to its most units. Themes are those of the filter `theme` of authorities; one that contains \
         the other is in common. Comparable levels are communes, their groupings, cities, towns, villages and special \
         wards on the one hand; regions, departments, special-status authorities and prefectures on the other. \
         Populations count where the larger is at most four times the smaller: twenty times the smaller divided by the \
         larger, rounded down. On the coast are seats that the gazetteer knows within {MAX_COAST_KM} km of the sea. A comparable \
         level alone makes no suggestion, nor does a coast; both do.\n\nMethod, version {METHOD_VERSION}:\n\n\
         | criterion | weight | most | |\n|---|---|---|---|\n"
    );
    for criterion in Criterion::ALL {
        let [_, _, label] = criterion.label();
        let _ = writeln!(
            description,
            "| `{}` | {} | {} | {label} |",
            criterion.code(),
            criterion.weight(),
            criterion.max_units()
        );
    }
    description
}

/// Returns the operation by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let limit = json!({
        "name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LIMITS.0, "default": LIMITS.1},
        "description": "The most suggestions.", "example": 5
    });
    let country = json!({
        "name": "country", "in": "query", "schema": {"type": "string", "enum": ["FR", "JP"]},
        "description": "Only authorities of this country. Partners are of the other country: of its own, none are suggested.", "example": "JP"
    });
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": "The UUID of the authority, or `scheme:value` of one of its identifiers.", "example": "insee_com:28085"
    });
    let known = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The ETag that the caller has: the same answer is a 304.", "example": "\"0011223344556677\""
    });
    let response = json!({
        "description": "The suggestions, best first", "content": content("application/json", "SuggestionPage"),
        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}
    });
    let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
    let operation = json!({
        "operationId": "get_authority_suggestions", "tags": [INSIGHT_TAG.0], "summary": "Suggest partners for an authority",
        "description": describe_method(), "parameters": [limit, country, known, parameter_ref("lang")],
        "responses": responses(vec![("200", response), ("304", same)], &["400", "404", "410", "503"])
    });
    let path = json!({"parameters": [id], "get": operation});
    Map::from_iter([("/v1/authorities/{id}/suggestions".to_owned(), path)])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let whole = |description: &str, example: i64| json!({"type": "integer", "minimum": 1, "description": description, "examples": [example]});
    let code = json!({"type": "string", "description": "The criterion.", "examples": ["shared_themes"]});
    let label = |description: &str, example: &str| json!({"$ref": "#/components/schemas/Text", "description": description, "examples": [{"fr": example}]});
    let list = |of: &str, description: &str| json!({"type": "array", "items": schema_ref(of), "description": description});
    Components::from([
        (
            "SuggestionPage".into(),
            json!({"type": "object", "description": "Partners worth approaching.", "required": ["method", "items", "page"], "properties": {
                "method": schema_ref("SuggestionMethod"), "items": list("Suggestion", "The suggestions, best first."), "page": schema_ref("Page")}}),
        ),
        (
            "SuggestionMethod".into(),
            json!({"type": "object", "description": "How the scores are made.", "required": ["version", "criteria"], "examples": [method_json()], "properties": {
                "version": {"type": "string", "description": "Changes whenever scores may change for the same records.", "examples": [METHOD_VERSION]},
                "criteria": {"type": "array", "description": "What counts, and how much.", "items": {
                    "type": "object", "required": ["code", "weight", "most", "label"], "properties": {
                        "code": code, "weight": whole("What a unit of it adds to the score.", 10),
                        "most": whole("The most units that count.", 4), "label": label("What it is.", "thèmes communs")}}}}}),
        ),
        (
            "Suggestion".into(),
            json!({"type": "object", "description": "An authority worth approaching.", "required": ["authority", "score", "reasons"], "properties": {
                "authority": schema_ref("Ref"), "score": whole("The sum of weight × value over the reasons.", 68),
                "reasons": list("SuggestionReason", "What speaks for it, in the order of the criteria.")}}),
        ),
        (
            "SuggestionReason".into(),
            json!({"type": "object", "description": "Why an authority is suggested.", "required": ["code", "weight", "value", "detail", "evidence"], "properties": {
                "code": code, "weight": whole("What a unit adds to the score.", 10), "value": whole("How many units count.", 2),
                "detail": label("What they have in common.", "thèmes communs : culture, tourisme"),
                "evidence": list("Ref", "Some of the records that say so, at most five.")}}),
        ),
    ])
}
