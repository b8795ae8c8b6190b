//! The endpoints that every kind has alike: routes, handlers and their documentation, side by side.

mod call;
pub mod document;
mod forms;
mod handlers;
mod history;
pub mod history_document;
mod included;
pub mod parameters;
mod query;
pub mod schemas;

pub(crate) use forms::{csv_dialect, list_formats};
pub(crate) use query::{cursor_context, filter_conditions, page_response, wants_total};

use crate::error::{ErrorCode, Problem};
use crate::http::body::{JSON, JSON_PATCH, MERGE_PATCH};
use crate::vocabulary::Kind;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, Scope, guard, web};

/// The collection of a kind: `/{path}` and `/{path}/{id}`, its history, and the list below its parent where it has one.
#[derive(Debug, Clone, Copy)]
pub struct Collection(pub Kind);

const COLLECTION_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const RECORD_METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// A resource that answers OPTIONS with its methods, and any other method that it has not with 405.
#[must_use]
pub fn resource_with_methods(path: &str, methods: &'static [Method]) -> Resource {
    resource_with_body_types(path, methods, &[])
}

/// The same, of a resource that takes bodies: the types of those of a method, as a list.
#[must_use]
pub fn resource_with_body_types(
    path: &str,
    methods: &'static [Method],
    bodies: &[(Method, &str)],
) -> Resource {
    let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    let taken = bodies.iter().map(|(method, types)| {
        let name = if *method == Method::PATCH { "accept-patch" } else { "accept-post" };
        (name, (*types).to_owned())
    });
    let taken: Vec<(&str, String)> = taken.collect();
    web::resource(path).default_service(web::to(move |request: HttpRequest| {
        let (allow, taken) = (allow.clone(), taken.clone());
        async move {
            let mut response = match *request.method() {
                Method::OPTIONS => HttpResponse::NoContent().finish(),
                _ => HttpResponse::from_error(Problem::new(ErrorCode::MethodNotAllowed)),
            };
            if let Ok(allow) = header::HeaderValue::from_str(&allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            for (name, types) in taken {
                if let Ok(types) = header::HeaderValue::from_str(&types) {
                    response.headers_mut().insert(header::HeaderName::from_static(name), types);
                }
            }
            response
        }
    }))
}

/// A route for GET and HEAD.
#[must_use]
pub fn get_or_head() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

impl Collection {
    /// The routes, with what others have `below` them. Each collection is a scope: a path is compared with the patterns
    /// of one only.
    #[must_use]
    pub fn routes(self, below: impl FnOnce(Scope) -> Scope) -> Scope {
        let (path, patches) = (self.0.path(), [MERGE_PATCH, JSON, JSON_PATCH].join(", "));
        let mut scope = web::scope(&format!("/{path}"))
            .service(
                resource_with_body_types("", COLLECTION_METHODS, &[(Method::POST, JSON)])
                    .app_data(self)
                    .route(get_or_head().to(handlers::list))
                    .route(web::post().to(handlers::create)),
            )
            .service(
                resource_with_body_types("/{id}", RECORD_METHODS, &[(Method::PATCH, &patches)])
                    .app_data(self)
                    .route(get_or_head().to(handlers::get))
                    .route(web::put().to(handlers::put))
                    .route(web::patch().to(handlers::patch))
                    .route(web::delete().to(handlers::delete)),
            )
            .service(
                resource_with_methods("/{id}/owners", READ_METHODS)
                    .app_data(self)
                    .route(get_or_head().to(handlers::get_owners)),
            );
        for kind in Kind::ALL {
            if kind.definition().parent().is_some_and(|(parent, _)| parent == self.0) {
                let list = resource_with_methods(&format!("/{{id}}/{}", kind.path()), READ_METHODS)
                    .app_data(Self(*kind));
                scope = scope.service(list.route(get_or_head().to(handlers::list_of_parent)));
            }
        }
        below(history::history_routes(self, scope))
    }
}
