//! Every route.

use super::docs::{docs_file, redirect_to_docs};
use super::openapi::openapi;
use crate::api::collections::collection::Collection;
use crate::api::health::{liveness, readiness};
use crate::api::index::index;
use crate::api::{
    self, anniversaries, catalog, changes, citations, commitments, coverage, gazetteer, keys, problems,
    search, statistics, suggestions, timeline, webhooks,
};
use crate::domain::kind::Kind;
use crate::http::body::JSON;
use crate::http::routing::{get_or_head, resource_with_body_types, resource_with_methods};
use actix_web::Scope;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
pub(super) const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// Every route.
pub(super) fn routes(config: &mut ServiceConfig) {
    // What is asked for most comes first: patterns are compared in this order.
    let mut v1 = web::scope("/v1");
    for kind in Kind::ALL {
        v1 = v1.service(Collection(*kind).routes(|scope| add_record_routes(*kind, scope)));
    }
    v1 = v1
        .service(
            resource_with_methods("/vocabularies", READ_METHODS)
                .route(get_or_head().to(api::vocabularies::list)),
        )
        .service(
            resource_with_methods("/vocabularies/{name}", READ_METHODS)
                .route(get_or_head().to(api::vocabularies::get)),
        )
        .service(
            resource_with_body_types("/keys", COLLECTION_METHODS, &[(Method::POST, JSON)])
                .route(get_or_head().to(keys::handlers::list))
                .route(web::post().to(keys::handlers::create)),
        )
        .service(
            resource_with_methods("/keys/{id}", &[Method::DELETE, Method::OPTIONS])
                .route(web::delete().to(keys::handlers::revoke)),
        );
    v1 = v1
        .service(
            resource_with_methods("/changes", READ_METHODS).route(get_or_head().to(changes::handlers::list)),
        )
        .service(
            resource_with_methods("/changes/stream", READ_METHODS)
                .route(get_or_head().to(changes::handlers::stream)),
        )
        .service(
            resource_with_methods("/snapshot", READ_METHODS).route(get_or_head().to(api::snapshot::snapshot)),
        )
        .service(
            resource_with_methods("/feeds/{collection}/rpde", READ_METHODS)
                .route(get_or_head().to(api::feeds::get_rpde_page)),
        )
        .service(
            resource_with_methods("/sync/status", READ_METHODS)
                .route(get_or_head().to(api::sync_status::sync_status)),
        );
    v1 = v1
        .configure(gazetteer::handlers::routes)
        .configure(analytics_routes)
        .configure(webhooks::routes::routes)
        .service(
            resource_with_body_types(
                "/import",
                &[Method::POST, Method::OPTIONS],
                &[(Method::POST, &api::import::request_body::media_types())],
            )
            .route(web::post().to(api::import::handlers::create)),
        );
    config
        .service(v1)
        .service(resource_with_methods("/", READ_METHODS).route(get_or_head().to(index)))
        .service(resource_with_methods("/health/live", READ_METHODS).route(get_or_head().to(liveness)))
        .service(resource_with_methods("/health/ready", READ_METHODS).route(get_or_head().to(readiness)))
        .service(resource_with_methods("/openapi.json", READ_METHODS).route(get_or_head().to(openapi)))
        .service(
            resource_with_methods("/problems/{code}", READ_METHODS)
                .route(get_or_head().to(problems::explain_error_code)),
        )
        .service(resource_with_methods("/docs", READ_METHODS).route(get_or_head().to(redirect_to_docs)))
        .service(resource_with_methods("/docs/{file:.*}", READ_METHODS).route(get_or_head().to(docs_file)))
        .configure(catalog::handlers::routes)
        .default_service(web::to(problems::answer_not_found));
}

/// Adds the analytics and the search, below `/v1`.
fn analytics_routes(config: &mut ServiceConfig) {
    statistics::handlers::routes(config);
    citations::handlers::routes(config);
    anniversaries::handlers::routes(config);
    timeline::handlers::routes(config);
    commitments::handlers::routes(config);
    search::handlers::routes(config);
}

/// Adds the analytics of one record, below the collection of its kind.
fn add_record_routes(kind: Kind, scope: Scope) -> Scope {
    let scope = citations::handlers::add_record_route(kind, scope);
    match kind {
        Kind::Authority => suggestions::handlers::add_record_route(scope),
        Kind::Framework => coverage::handlers::add_record_route(scope),
        _ => scope,
    }
}
