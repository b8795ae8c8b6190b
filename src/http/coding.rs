//! Content codings (RFC 9110 section 8.4): gzip, where the caller accepts it and it is worth while.
//!
//! The other coding is another representation: its strong `ETag` ends in `-gzip`. `If-None-Match` and `If-Match` know
//! both.

use actix_http::encoding::Encoder;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, ContentEncoding, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// What the `ETag` of a packed answer ends in.
pub(super) const SUFFIX: &str = "-gzip";

/// Bodies below so many bytes fit into two packets of a network as they are.
const LEAST: usize = 2048;

/// Bodies of more bytes are packed beside the threads that answer.
const LONG: usize = 128 * 1024;

/// Whether the caller accepts the gzip coding, and prefers it to none.
pub(super) fn packs(request: &ServiceRequest) -> bool {
    let fields = request.headers().get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let mut any = false;
    for (name, quality) in fields.flat_map(|field| field.split(',')).map(split) {
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return quality;
        }
        any |= name == "*" && quality;
    }
    any
}

/// The name of a coding, and whether it is accepted at all.
fn split(item: &str) -> (&str, bool) {
    let (name, weight) = item.split_once(';').unwrap_or((item, ""));
    let weight = weight.trim().trim_start_matches("q=").trim_start_matches("Q=");
    (name.trim(), weight.is_empty() || weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
}

/// Whether an answer of this type, not yet in a coding, gains by one.
fn gains(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = media.starts_with("text/") || media.starts_with("application/") || media.contains("xml");
    is_text && media != "text/event-stream" && !headers.contains_key(header::CONTENT_ENCODING)
}

/// Says in an answer's headers that it depends on what codings are accepted.
pub(super) fn vary(headers: &mut HeaderMap) {
    if !gains(headers) {
        return;
    }
    let held = headers.get_all(header::VARY).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>();
    if held.iter().any(|held| held.to_ascii_lowercase().contains("accept-encoding")) {
        return;
    }
    let all = held.into_iter().chain(["Accept-Encoding"]).collect::<Vec<_>>().join(", ");
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(header::VARY, all);
    }
}

/// Marks the `ETag` of another coding.
fn tag(headers: &mut HeaderMap) {
    let etag = headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let etag = etag.and_then(|etag| etag.strip_suffix('"')).map(|etag| format!("{etag}{SUFFIX}\""));
    if let Some(Ok(etag)) = etag.map(|etag| HeaderValue::from_str(&etag)) {
        headers.insert(header::ETAG, etag);
    }
}

/// A body in the gzip coding, and the headers that it then has; none where that is not worth while.
pub(super) async fn gzip(headers: &HeaderMap, body: &Bytes) -> Option<(HeaderMap, Bytes)> {
    if body.len() < LEAST || !gains(headers) {
        return None;
    }
    let pack = |body: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
        encoder.write_all(body).and_then(|()| encoder.finish()).ok()
    };
    let bytes = if body.len() > LONG {
        let body = body.clone();
        tokio::task::spawn_blocking(move || pack(&body)).await.ok()?
    } else {
        pack(body)
    };
    let mut headers = headers.clone();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    tag(&mut headers);
    Some((headers, bytes?.into()))
}

/// An answer whose body is there, taken apart; or one whose body is not.
pub(super) fn taken(
    response: ServiceResponse<BoxBody>,
) -> Result<(HttpRequest, HttpResponse<()>, Bytes), ServiceResponse<BoxBody>> {
    if !matches!(response.response().body().size(), BodySize::Sized(_)) {
        return Err(response);
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(body) => Ok((request, response, body)),
        Err(body) => Err(ServiceResponse::new(request, response.set_body(body))),
    }
}

/// Gives an answer in the gzip coding.
pub(super) async fn pack(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if !gains(response.headers()) {
        return response;
    }
    match taken(response) {
        Ok((request, mut response, mut body)) => {
            if let Some((headers, packed)) = gzip(response.headers(), &body).await {
                (*response.headers_mut(), body) = (headers, packed);
            }
            ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
        }
        Err(mut response) if response.response().body().size() == BodySize::Stream => {
            tag(response.headers_mut());
            response.map_body(|head, body| BoxBody::new(Encoder::response(ContentEncoding::Gzip, head, body)))
        }
        Err(response) => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn accepts(field: &str) -> bool {
        packs(&TestRequest::default().insert_header(("accept-encoding", field)).to_srv_request())
    }

    #[test]
    fn gzip_is_used_where_it_is_accepted() {
        for field in ["gzip", "GZIP", "br, gzip;q=0.8", "deflate, x-gzip", "*", "br;q=1.0,*;q=0.1"] {
            assert!(accepts(field), "{field}");
        }
        for field in ["", "identity", "br", "gzip;q=0", "gzip;q=0.0, *", "*;q=0"] {
            assert!(!accepts(field), "{field}");
        }
    }

    #[actix_web::test]
    async fn what_is_short_or_packed_already_stays_as_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ETAG, HeaderValue::from_static("\"1-a\""));
        let long = Bytes::from(vec![b' '; LEAST]);
        let (packed, body) = gzip(&headers, &long).await.unwrap();
        assert!(body.len() < LEAST / 10);
        assert_eq!(packed.get(header::ETAG).unwrap(), "\"1-a-gzip\"");
        assert!(gzip(&headers, &long.slice(1..)).await.is_none());
        assert!(gzip(&packed, &long).await.is_none());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        assert!(gzip(&headers, &long).await.is_none());
    }
}
