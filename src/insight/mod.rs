//! Answers computed over the whole registry, read-only. A folder per question: `store.rs` asks the database,
//! `handlers.rs` speaks HTTP, `document.rs` describes it, the rest is the method.

pub mod anniversaries;
pub mod citations;
pub mod commitments;
pub mod coverage;
pub mod dated;
pub mod describe;
mod handlers;
pub mod refs;
pub mod search;
pub mod statistics;
pub mod suggestions;
pub mod table;
pub mod timeline;

use crate::registry::collection::schemas::Components;
use crate::vocabulary::Kind;
use actix_web::Scope;
use actix_web::web::ServiceConfig;
use serde_json::{Map, Value};

/// The tag of the operations, and what it is about.
pub const INSIGHT_TAG: (&str, &str) = ("insight", "Questions over the whole registry.");

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    statistics::handlers::routes(config);
    citations::handlers::routes(config);
    anniversaries::handlers::routes(config);
    timeline::handlers::routes(config);
    commitments::handlers::routes(config);
    search::routes(config);
}

/// The routes below the collection of a kind.
#[must_use]
pub fn add_record_routes(kind: Kind, scope: Scope) -> Scope {
    let scope = citations::handlers::add_record_route(kind, scope);
    match kind {
        Kind::Authority => suggestions::handlers::add_record_route(scope),
        Kind::Framework => coverage::handlers::add_record_route(scope),
        _ => scope,
    }
}

/// The paths of the document.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    paths.extend(coverage::document::paths());
    paths.extend(statistics::document::paths());
    paths.extend(citations::document::paths());
    paths.extend(anniversaries::document::paths());
    paths.extend(timeline::document::paths());
    paths.extend(commitments::document::paths());
    paths.extend(suggestions::document::paths());
    paths.extend(search::paths());
    paths
}

/// The schemas of the document.
#[must_use]
pub fn schemas() -> Components {
    let mut schemas = Components::new();
    schemas.extend(coverage::document::schemas());
    schemas.extend(statistics::schemas::schemas());
    schemas.extend(citations::document::schemas());
    schemas.extend(anniversaries::document::schemas());
    schemas.extend(timeline::document::schemas());
    schemas.extend(commitments::document::schemas());
    schemas.extend(suggestions::document::schemas());
    schemas.extend(search::schemas());
    schemas
}
