//! Analytics routes.

use crate::api::search::handlers;
use crate::api::{anniversaries, citations, commitments, coverage, statistics, suggestions, timeline};
use crate::domain::kind::Kind;
use actix_web::Scope;
use actix_web::web::ServiceConfig;

/// Every route, below `/v1`.
pub(super) fn routes(config: &mut ServiceConfig) {
    statistics::handlers::routes(config);
    citations::handlers::routes(config);
    anniversaries::handlers::routes(config);
    timeline::handlers::routes(config);
    commitments::handlers::routes(config);
    handlers::routes(config);
}

/// The routes below the collection of a kind.
#[must_use]
pub(super) fn add_record_routes(kind: Kind, scope: Scope) -> Scope {
    let scope = citations::handlers::add_record_route(kind, scope);
    match kind {
        Kind::Authority => suggestions::handlers::add_record_route(scope),
        Kind::Framework => coverage::handlers::add_record_route(scope),
        _ => scope,
    }
}
