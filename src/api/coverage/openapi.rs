//! OpenAPI operation and schemas of framework coverage.

use super::handlers::LIMITS;
use crate::domain::kind::Kind;
use crate::http::openapi::{Components, content, parameter_ref, responses, schema_ref};
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = "Which activities are recorded under the themes of each objective, and under which themes there are \
none. An activity is a partnership, memorandum, visit, edition, session, good practice or event; it counts under each of its \
themes and their broader ones, and once under an objective. An event has no themes and counts under those of the record \
that it follows from. With `within_period=true` only what is possibly dated within the framework's period counts (they have \
a day in common): a partnership by its life, from `since` to `until`, a good practice by `updated_on`, a memorandum by \
`signed`. What has no date is not within, and nothing is within where the framework has no period.";

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let [usual, most] = LIMITS;
    let id = json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": "The UUID of the framework, or `scheme:value` of one of its identifiers.", "example": "slug:example"
    });
    let within = json!({
        "name": "within_period", "in": "query", "required": false, "schema": {"type": "boolean", "default": false},
        "description": "Whether only what is possibly dated within the framework's period counts.", "example": true
    });
    let limit = json!({
        "name": "limit", "in": "query", "required": false, "example": usual,
        "schema": {"type": "integer", "minimum": 0, "maximum": most, "default": usual},
        "description": "The most records named for each theme and kind, those recorded first; all are counted."
    });
    let known = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The ETag that the caller has: the same answer is a 304.", "example": "\"0011223344556677\""
    });
    let response = json!({
        "description": "The coverage", "content": content("application/json", "FrameworkCoverage"),
        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}
    });
    let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
    let get = json!({
        "operationId": "get_framework_coverage", "tags": [Kind::Framework.path()],
        "summary": "See what has been done under the objectives of a framework", "description": DESCRIPTION,
        "parameters": [within, limit, known, parameter_ref("lang")],
        "responses": responses(vec![("200", response), ("304", same)], &["400", "404", "410", "503"])
    });
    Map::from_iter([("/v1/frameworks/{id}/coverage".to_owned(), json!({"parameters": [id], "get": get}))])
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let list = |description: &str, items: Value| json!({"type": "array", "description": description, "items": items});
    let count = |description: &str| json!({"type": "integer", "minimum": 0, "description": description, "examples": [3]});
    let activity = json!({
        "type": "object", "description": "The activities of one kind.", "required": ["kind", "count", "records"],
        "properties": {
            "kind": {"type": "string", "description": "The kind.", "examples": ["partnership"]},
            "count": count("How many there are."),
            "records": list("The first of them, in the order in which they were recorded.", schema_ref("Ref"))
        }
    });
    let activities = list("The activities, by kind; every kind is there.", schema_ref("CoverageActivities"));
    let theme = json!({
        "type": "object", "description": "What has been done under a theme or its narrower ones.",
        "required": ["theme", "label", "count", "activities"],
        "properties": {
            "theme": {"type": "string", "description": "The code of the theme.", "examples": ["culture"]},
            "label": schema_ref("Label"), "count": count("How many activities there are."), "activities": activities
        }
    });
    let objective = json!({
        "type": "object", "description": "What has been done under an objective.",
        "required": ["count", "activities", "themes_without", "themes"],
        "properties": {
            "number": {"type": "integer", "minimum": 0, "description": "The number of the objective, if it has one.", "examples": [17]},
            "title": schema_ref("Text"),
            "count": count("How many activities there are, each counted once."), "activities": activities,
            "themes_without": list("The themes under which there are none.", json!({"type": "string", "examples": ["transport"]})),
            "themes": list("Each theme of the objective.", schema_ref("ThemeCoverage"))
        }
    });
    let coverage = json!({
        "type": "object", "description": "What has been done under the objectives of a framework.",
        "required": ["framework", "within_period", "objectives"],
        "properties": {
            "framework": schema_ref("Ref"), "period": schema_ref("PartialDate"),
            "within_period": {"type": "boolean", "description": "Whether only what is possibly dated within the period counts.", "examples": [false]},
            "objectives": list("The objectives, in the order of the text.", schema_ref("ObjectiveCoverage"))
        }
    });
    [
        ("CoverageActivities", activity),
        ("ThemeCoverage", theme),
        ("ObjectiveCoverage", objective),
        ("FrameworkCoverage", coverage),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}
