//! Routes of a collection.

use super::collection::Collection;
use super::history::{diff_versions, get_version, list_versions, merge_records, restore_version};
use super::{read, write};
use crate::domain::kind::Kind;
use crate::http::body::{JSON, JSON_PATCH, MERGE_PATCH};
use crate::http::routing::{get_or_head, resource_with_body_types, resource_with_methods};
use crate::kinds::all;
use actix_web::http::Method;
use actix_web::{Scope, web};

const ACTION_METHODS: &[Method] = &[Method::POST, Method::OPTIONS];

const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const RECORD_METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

impl Collection {
    /// Returns the routes as a scope of their own, so that a path is matched against the patterns of one
    /// collection only. `below` adds the routes that other resources have below a record.
    #[must_use]
    pub fn routes(self, below: impl FnOnce(Scope) -> Scope) -> Scope {
        let (path, patches) = (self.0.path(), [MERGE_PATCH, JSON, JSON_PATCH].join(", "));
        let mut scope = web::scope(&format!("/{path}"))
            .service(
                resource_with_body_types("", COLLECTION_METHODS, &[(Method::POST, JSON)])
                    .app_data(self)
                    .route(get_or_head().to(read::list))
                    .route(web::post().to(write::create)),
            )
            .service(
                resource_with_body_types("/{id}", RECORD_METHODS, &[(Method::PATCH, &patches)])
                    .app_data(self)
                    .route(get_or_head().to(read::get))
                    .route(web::put().to(write::put))
                    .route(web::patch().to(write::patch))
                    .route(web::delete().to(write::delete)),
            )
            .service(
                resource_with_methods("/{id}/owners", READ_METHODS)
                    .app_data(self)
                    .route(get_or_head().to(read::get_owners)),
            );
        for kind in Kind::ALL {
            if all::definition(*kind).parent().is_some_and(|(parent, _)| parent == self.0) {
                let list = resource_with_methods(&format!("/{{id}}/{}", kind.path()), READ_METHODS)
                    .app_data(Self(*kind));
                scope = scope.service(list.route(get_or_head().to(read::list_of_parent)));
            }
        }
        below(history_routes(self, scope))
    }
}

/// Adds the routes of a record's history and of merging.
fn history_routes(collection: Collection, scope: Scope) -> Scope {
    let resource =
        |rest: &str, methods| resource_with_methods(&format!("/{{id}}{rest}"), methods).app_data(collection);
    scope
        .service(resource("/versions", READ_METHODS).route(get_or_head().to(list_versions)))
        .service(resource("/versions/{n}", READ_METHODS).route(get_or_head().to(get_version)))
        .service(resource("/versions/{n}/diff", READ_METHODS).route(get_or_head().to(diff_versions)))
        .service(resource("/versions/{n}/restore", ACTION_METHODS).route(web::post().to(restore_version)))
        .service(resource("/merge-into/{other}", ACTION_METHODS).route(web::post().to(merge_records)))
}
