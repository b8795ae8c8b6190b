//! The endpoints that every kind has alike: routes, handlers and their documentation, side by side.

mod adoption;
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

pub(crate) use forms::{dialect, of_lists as forms_of_lists};
pub(crate) use query::{conditions, context, exact, page};

use crate::error::{Code, Problem};
use crate::vocabulary::Kind;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, Scope, guard, web};

/// The collection of a kind: `/{path}` and `/{path}/{id}`, its history, and the list below its parent where it has one.
#[derive(Debug, Clone, Copy)]
pub struct Collection(pub Kind);

const MANY: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];
const ONE: &[Method] =
    &[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// A resource that answers OPTIONS with its methods, and any other method that it has not with 405.
#[must_use]
pub fn resource(path: &str, methods: &'static [Method]) -> Resource {
    let allow = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    web::resource(path).default_service(web::to(move |request: HttpRequest| {
        let allow = allow.clone();
        async move {
            let mut response = match *request.method() {
                Method::OPTIONS => HttpResponse::NoContent().finish(),
                _ => HttpResponse::from_error(Problem::new(Code::MethodNotAllowed)),
            };
            if let Ok(allow) = header::HeaderValue::from_str(&allow) {
                response.headers_mut().insert(header::ALLOW, allow);
            }
            response
        }
    }))
}

/// A route for GET and HEAD.
#[must_use]
pub fn reading() -> actix_web::Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

impl Collection {
    /// The routes, with what others have `below` them. Each collection is a scope: a path is compared with the patterns
    /// of one only.
    #[must_use]
    pub fn routes(self, below: impl FnOnce(Scope) -> Scope) -> Scope {
        let path = self.0.path();
        let mut scope = web::scope(&format!("/{path}"))
            .service(
                resource("", MANY)
                    .app_data(self)
                    .route(reading().to(handlers::list))
                    .route(web::post().to(handlers::create)),
            )
            .service(
                resource("/{id}", ONE)
                    .app_data(self)
                    .route(reading().to(handlers::get))
                    .route(web::put().to(handlers::put))
                    .route(web::patch().to(handlers::patch))
                    .route(web::delete().to(handlers::delete)),
            )
            .service(resource("/{id}/owners", READ).app_data(self).route(reading().to(handlers::owners)));
        for kind in Kind::ALL {
            if kind.shelf().parent().is_some_and(|(parent, _)| parent == self.0) {
                let list = resource(&format!("/{{id}}/{}", kind.path()), READ).app_data(Self(*kind));
                scope = scope.service(list.route(reading().to(handlers::list_below)));
            }
        }
        below(history::below(self, scope))
    }
}
