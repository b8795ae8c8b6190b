//! `GET /`: the name and version of the service, and links to every resource.

use super::state::AppState;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::http::query_params::QueryParams;
use crate::http::{request_metrics, responses};
use crate::util::hash;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

fn links(state: &AppState) -> Value {
    let mut links = Map::new();
    for kind in Kind::ALL {
        links.insert(kind.path().replace('-', "_"), format!("/v1/{}", kind.path()).into());
    }
    links.insert("gazetteer".into(), "/v1/gazetteer".into());
    links.insert("changes".into(), "/v1/changes".into());
    links.insert("snapshot".into(), "/v1/snapshot".into());
    for name in
        ["anniversaries", "citations", "commitments", "contradictions", "search", "statistics", "timeline"]
    {
        links.insert(name.into(), format!("/v1/{name}").into());
    }
    links.insert("vocabularies".into(), "/v1/vocabularies".into());
    links.insert("catalog".into(), "/catalog.jsonld".into());
    links.insert("services".into(), "/.well-known/api-catalog".into());
    links.insert("openapi".into(), "/openapi.json".into());
    links.insert("docs".into(), "/docs".into());
    links.insert("health".into(), "/health/ready".into());
    if !state.options.has_metrics_listener {
        links.insert("metrics".into(), request_metrics::METRICS_PATH.into());
    }
    links.into()
}

/// Responds with the entry point of the API.
pub async fn index(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let body = json!({
        "name": "Kakehashi",
        "description": {
            "fr": "Le registre de la coopération décentralisée franco-japonaise",
            "ja": "日仏自治体交流の記録簿",
            "en": "The registry of Franco-Japanese decentralised cooperation"
        },
        "version": env!("CARGO_PKG_VERSION"),
        "licence": {"data": "CC-BY-4.0", "software": "MIT OR Apache-2.0"},
        "links": links(&state),
    })
    .to_string();
    let mut response = responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body);
    responses::add_link(&mut response, "/.well-known/api-catalog", "api-catalog");
    responses::add_service_links(&mut response);
    Ok(response)
}
