//! What pages of other origins may do (the CORS protocol of the Fetch standard): everything that anybody may do without
//! cookies. Reading is public, and a key travels in a header field that pages send only on purpose. Every answer says so,
//! whoever asks, so that it may be given to anybody again.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};

/// The methods of the API.
const API_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The header fields of answers that pages may read, beside those that they always may. Whatever a handler sends stands
/// here; a test compares.
const EXPOSED_HEADERS: &str = "Accept, Accept-Encoding, Accept-Patch, Accept-Post, Allow, Change-Cursor, Content-Disposition, \
                       Content-Encoding, Content-Language, Content-Location, Date, Dry-Run, ETag, Idempotency-Replayed, Link, \
                       Location, RateLimit, RateLimit-Policy, Retry-After, Vary, WWW-Authenticate, X-Request-Id";

/// Seconds for which a browser remembers what it may send.
const PREFLIGHT_MAX_AGE: &str = "86400";

/// Says in an answer that every page may read it.
pub(super) fn add_cors_headers(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
}

/// The answer to a browser that asks what a page may send: any method, with any header fields.
pub(super) fn answer_preflight(request: &ServiceRequest) -> Option<HttpResponse> {
    let headers = request.headers();
    let asks =
        headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() != Method::OPTIONS || !asks {
        return None;
    }
    let mut answer = HttpResponse::build(StatusCode::NO_CONTENT);
    answer
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, API_METHODS))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE))
        .insert_header((header::VARY, "Access-Control-Request-Headers"));
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
    }
    Some(answer.finish())
}

/// The answer to `OPTIONS *`: the methods of the server as a whole.
pub(super) fn answer_options_asterisk() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::ALLOW, API_METHODS)).finish()
}
