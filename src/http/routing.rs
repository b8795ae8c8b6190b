//! Resources that answer OPTIONS and 405, and routes for GET and HEAD.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, guard, web};

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// A resource with GET and HEAD.
pub fn get_resource<F, Args>(path: &str, handler: F) -> Resource
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    resource_with_methods(path, READ_METHODS).route(get_or_head().to(handler))
}

/// Registers a resource with GET and HEAD.
pub fn add_get_route<F, Args>(config: &mut web::ServiceConfig, path: &str, handler: F)
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    config.service(get_resource(path, handler));
}

/// A resource that answers OPTIONS with its methods, and other methods with 405.
#[must_use]
pub fn resource_with_methods(path: &str, methods: &'static [Method]) -> Resource {
    resource_with_body_types(path, methods, &[])
}

/// As [`resource_with_methods`], with the media types of bodies for `Accept-Post` and `Accept-Patch`.
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
