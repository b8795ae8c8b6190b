//! CORS (Fetch standard): headers of every response, preflight responses, and the response to `OPTIONS *`.
//!
//! Pages of any origin may do what anybody may do without cookies: reading is public, and an API key
//! travels in a header field that a page sets on purpose. The headers are the same for everyone, so
//! responses can be cached.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};

/// The methods of the API.
const API_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The response header fields that pages may read beside the safelisted ones. A test compares them with
/// what handlers send.
const EXPOSED_HEADERS: &str = "Accept, Accept-Encoding, Accept-Patch, Accept-Post, Allow, Change-Cursor, Content-Disposition, \
                       Content-Encoding, Content-Language, Content-Location, Date, Dry-Run, ETag, Idempotency-Replayed, Link, \
                       Location, RateLimit, RateLimit-Policy, Retry-After, Vary, WWW-Authenticate, X-Request-Id";

/// How long browsers may cache a preflight response, in seconds.
const PREFLIGHT_MAX_AGE: &str = "86400";

/// Adds the CORS headers to a response.
pub(super) fn add_cors_headers(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
}

/// Answers a preflight request: any method, any header fields. None for other requests.
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

/// Answers `OPTIONS *` with the methods of the server as a whole.
pub(super) fn answer_options_asterisk() -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::ALLOW, API_METHODS)).finish()
}
