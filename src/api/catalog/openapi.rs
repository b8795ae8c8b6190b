//! OpenAPI operations of the catalogues.

use crate::http::openapi::{if_none_match_parameter, parameter_ref, responses};
use serde_json::{Map, Value, json};

fn operation(id: &str, summary: &str, description: &str, media: &str, schema: &Value) -> Value {
    let response = json!({
        "description": "The catalogue", "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
        "content": {media: {"schema": schema}}
    });
    let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
    json!({"get": {
        "operationId": id, "tags": ["service"], "summary": summary, "description": description,
        "parameters": [if_none_match_parameter(), parameter_ref("lang")],
        "responses": responses(vec![("200", response), ("304", same)], &["400", "503"])
    }})
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let dcat = "The datasets of the registry, one for each collection and one for all, with the forms in which each is \
                read, licence, languages and the newest change: DCAT 3 as JSON-LD, for catalogues of open data.";
    let links = "Where the description, documentation, status and licence of the API are: RFC 9727, a link set of RFC 9264.";
    let linkset = json!({"type": "object", "required": ["linkset"], "properties": {
        "linkset": {"type": "array", "description": "The links, by the address that they are of.", "items": {"type": "object"}}}});
    let mut paths = Map::new();
    paths.insert(
        "/catalog.jsonld".into(),
        operation(
            "get_catalog",
            "Get the catalogue of datasets",
            dcat,
            "application/ld+json",
            &json!({"type": "object"}),
        ),
    );
    paths.insert(
        "/.well-known/api-catalog".into(),
        operation(
            "get_api_catalog",
            "Get the catalogue of services",
            links,
            "application/linkset+json",
            &linkset,
        ),
    );
    paths
}
