//! JSON responses with `ETag`, and the headers that responses share.

use super::response_cache::Cacheable;
use crate::util::hash::xxh3_hex;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};

/// Returns the strong `ETag` of a record: its version and a hash of the body.
#[must_use]
pub fn record_etag(version: i64, body: &str) -> String {
    format!("\"{version}-{}\"", xxh3_hex(body.as_bytes()))
}

/// Starts a JSON response.
#[must_use]
pub fn json_builder(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CONTENT_TYPE, "application/json"));
    response
}

/// Sets the headers of a server-sent event stream: not cached, not buffered by proxies.
pub fn set_event_stream_headers(response: &mut HttpResponseBuilder) {
    response
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"));
}

/// Sets `Vary`.
pub fn set_vary(response: &mut HttpResponse, on: &'static str) {
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static(on));
}

/// Adds a `Link` (RFC 8288).
pub fn add_link(response: &mut HttpResponse, target: &str, rel: &str) {
    if let Ok(link) = header::HeaderValue::from_str(&format!("<{target}>; rel=\"{rel}\"")) {
        response.headers_mut().append(header::LINK, link);
    }
}

/// Adds links to the service description (RFC 8631, RFC 9727) and to the licence of the data.
pub fn add_service_links(response: &mut HttpResponse) {
    let links = "</openapi.json>; rel=\"service-desc\", </docs/>; rel=\"service-doc\", </catalog.jsonld>; \
                 rel=\"describedby\", <https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"";
    response.headers_mut().append(header::LINK, header::HeaderValue::from_static(links));
}

/// Answers a GET with JSON and an `ETag`. It becomes a 304 in the middleware where the client holds it.
#[must_use]
pub fn json_with_etag(etag: &str, body: String) -> HttpResponse {
    let mut response = json_builder(StatusCode::OK);
    response.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
    let mut response = response.body(body);
    mark_cacheable(&mut response);
    response
}

/// Marks a response as determined by registry, UTC day, path and query alone, so that it may be cached.
/// Reading the caller's language or address marks the request in turn, which excludes it.
pub fn mark_cacheable(response: &mut HttpResponse) {
    response.extensions_mut().insert(Cacheable);
}
