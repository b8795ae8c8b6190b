//! Answers computed over the whole registry, read-only. A folder per question: `store.rs` asks the database,
//! `handlers.rs` speaks HTTP, `document.rs` describes it, the rest is the method.

pub mod search;

use crate::registry::collection::schemas::Components;
use actix_web::web::ServiceConfig;
use serde_json::{Map, Value};

/// The tag of the operations, and what it is about.
pub const TAG: (&str, &str) = ("insight", "Questions over the whole registry.");

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(search::routes);
}

/// The paths of the document.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let mut paths = Map::new();
    paths.extend(search::paths());
    paths
}

/// The schemas of the document.
#[must_use]
pub fn schemas() -> Components {
    let mut schemas = Components::new();
    schemas.extend(search::schemas());
    schemas
}
