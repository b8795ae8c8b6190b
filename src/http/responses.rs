//! Answers: JSON with an `ETag`, and 304 when the caller has it already.

use super::response_cache::Cacheable;
use crate::util::hash::xxh3_hex;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};

/// The strong `ETag` of a record: its version, and what is shown of it.
#[must_use]
pub fn record_etag(version: i64, body: &str) -> String {
    format!("\"{version}-{}\"", xxh3_hex(body.as_bytes()))
}

/// A JSON answer with this status.
#[must_use]
pub fn json_builder(status: StatusCode) -> HttpResponseBuilder {
    let mut reply = HttpResponse::build(status);
    reply.insert_header((header::CONTENT_TYPE, "application/json"));
    reply
}

/// Says of an answer that it is a stream of events, which nobody on the way keeps or holds back.
pub fn set_event_stream_headers(reply: &mut HttpResponseBuilder) {
    reply
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"));
}

/// Says of an answer that it depends on these request headers.
pub fn set_vary(reply: &mut HttpResponse, on: &'static str) {
    reply.headers_mut().insert(header::VARY, header::HeaderValue::from_static(on));
}

/// Adds a link (RFC 8288) to an answer.
pub fn add_link(reply: &mut HttpResponse, target: &str, rel: &str) {
    if let Ok(link) = header::HeaderValue::from_str(&format!("<{target}>; rel=\"{rel}\"")) {
        reply.headers_mut().append(header::LINK, link);
    }
}

/// Adds the links that lead to what describes the service (RFC 8631, RFC 9727), and to the licence of the data.
pub fn add_service_links(reply: &mut HttpResponse) {
    let links = "</openapi.json>; rel=\"service-desc\", </docs/>; rel=\"service-doc\", </catalog.jsonld>; \
                 rel=\"describedby\", <https://creativecommons.org/licenses/by/4.0/>; rel=\"license\"";
    reply.headers_mut().append(header::LINK, header::HeaderValue::from_static(links));
}

/// A JSON answer to GET that may be kept and asked for again. Where the caller has it, it becomes a 304 on its way out.
#[must_use]
pub fn json_with_etag(etag: &str, body: String) -> HttpResponse {
    let mut reply = json_builder(StatusCode::OK);
    reply.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
    let mut reply = reply.body(body);
    mark_cacheable(&mut reply);
    reply
}

/// Says of an answer that it follows from the registry, the UTC day, the path and the query alone, so that it may be given
/// again. What was made of the caller's language or address is not, which is noted where these are read.
pub fn mark_cacheable(reply: &mut HttpResponse) {
    reply.extensions_mut().insert(Cacheable);
}
