//! Answers: JSON with an `ETag`, and 304 when the caller has it already.

use super::conditions;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Sixteen hexadecimal digits that differ when the bytes do.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes).iter().take(8))
}

/// Bytes in hexadecimal.
#[must_use]
pub fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The strong `ETag` of a record: its version, and what is shown of it.
#[must_use]
pub fn etag(version: i64, body: &str) -> String {
    format!("\"{version}-{}\"", digest(body.as_bytes()))
}

/// A JSON answer with this status.
#[must_use]
pub fn json(status: StatusCode) -> HttpResponseBuilder {
    let mut reply = HttpResponse::build(status);
    reply.insert_header((header::CONTENT_TYPE, "application/json"));
    reply
}

/// A JSON answer to GET that may be kept and asked for again: 200, or 304.
#[must_use]
pub fn cacheable(request: &HttpRequest, etag: &str, body: String) -> HttpResponse {
    let known = conditions::is_known(request, etag);
    let mut reply = json(if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    reply.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, "no-cache"));
    if known { reply.finish() } else { reply.body(body) }
}
