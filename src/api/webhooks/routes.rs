//! Routes of webhooks and deliveries.

use super::deliveries;
use super::handlers::{create, delete, get, list, patch, rotate_secret};
use crate::http::body::{JSON, MERGE_PATCH};
use crate::http::routing::{get_or_head, resource_with_body_types, resource_with_methods};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];
const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const WEBHOOK_METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::PATCH, Method::DELETE, Method::OPTIONS];
const ACTION_METHODS: &[Method] = &[Method::POST, Method::OPTIONS];

/// Adds the routes of webhooks and their deliveries.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource_with_body_types("/webhooks", COLLECTION_METHODS, &[(Method::POST, JSON)])
                .route(get_or_head().to(list))
                .route(web::post().to(create)),
        )
        .service(
            resource_with_body_types(
                "/webhooks/{id}",
                WEBHOOK_METHODS,
                &[(Method::PATCH, &[MERGE_PATCH, JSON].join(", "))],
            )
            .route(get_or_head().to(get))
            .route(web::patch().to(patch))
            .route(web::delete().to(delete)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/rotate-secret", ACTION_METHODS)
                .route(web::post().to(rotate_secret)),
        )
        .service(
            resource_with_body_types("/webhooks/{id}/replay", ACTION_METHODS, &[(Method::POST, JSON)])
                .route(web::post().to(deliveries::replay_after)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries", READ_METHODS)
                .route(get_or_head().to(deliveries::list)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries/{delivery}", READ_METHODS)
                .route(get_or_head().to(deliveries::get)),
        )
        .service(
            resource_with_methods("/webhooks/{id}/deliveries/{delivery}/replay", ACTION_METHODS)
                .route(web::post().to(deliveries::replay)),
        );
}
