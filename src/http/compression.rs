//! Content coding (RFC 9110 section 8.4): negotiates and applies gzip.
//!
//! The gzip variant is a representation of its own: its strong `ETag` ends in `-gzip`. `If-None-Match` and
//! `If-Match` accept both.

use super::conditional::{self, GZIP_ETAG_SUFFIX};
use super::list_header::{elements, field_lines, split_weight};
use actix_http::encoding::Encoder;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentEncoding, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Smaller bodies are not compressed, in bytes: they fit into two network packets.
pub(super) const MIN_COMPRESSIBLE_BYTES: usize = 2048;

/// Larger bodies are compressed on a blocking thread, in bytes.
const MAX_INLINE_BYTES: usize = 32 * 1024;

/// The coding that the client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AcceptedCoding {
    /// No coding.
    Identity,
    /// gzip, where it saves bytes.
    Gzip,
    /// gzip only: identity is refused.
    OnlyGzip,
    /// Neither gzip nor identity.
    NoneAcceptable,
}

/// Chooses a coding from `Accept-Encoding` (RFC 9110 section 12.5.3).
pub(super) fn choose_coding(headers: &HeaderMap) -> AcceptedCoding {
    let (mut gzip, mut plain, mut any) = (None, None, None);
    for element in field_lines(headers, &header::ACCEPT_ENCODING).flat_map(elements) {
        let (name, weight) = split_weight(element);
        let known = match name {
            "*" => &mut any,
            _ if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => &mut gzip,
            _ if name.eq_ignore_ascii_case("identity") => &mut plain,
            _ => continue,
        };
        *known = (*known).max(weight);
    }
    let gzip = gzip.or(any).unwrap_or_default();
    match plain.or(any) {
        Some(0) if gzip == 0 => AcceptedCoding::NoneAcceptable,
        Some(0) => AcceptedCoding::OnlyGzip,
        Some(plain) if plain > gzip => AcceptedCoding::Identity,
        _ if gzip > 0 => AcceptedCoding::Gzip,
        _ => AcceptedCoding::Identity,
    }
}

impl AcceptedCoding {
    /// Returns the size from which bodies are compressed, in bytes; none where they never are.
    pub(super) const fn min_bytes(self) -> Option<usize> {
        match self {
            Self::Identity | Self::NoneAcceptable => None,
            Self::Gzip => Some(MIN_COMPRESSIBLE_BYTES),
            Self::OnlyGzip => Some(1),
        }
    }
}

/// Returns whether a response without a coding is of a type worth compressing.
fn is_compressible(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = media.starts_with("text/") || media.starts_with("application/") || media.contains("xml");
    is_text && media != "text/event-stream" && !headers.contains_key(header::CONTENT_ENCODING)
}

/// Adds `Accept-Encoding` to `Vary`.
pub(super) fn vary_on_accept_encoding(headers: &mut HeaderMap) {
    if !is_compressible(headers) {
        return;
    }
    let values = headers.get_all(header::VARY).filter_map(|value| value.to_str().ok()).collect::<Vec<_>>();
    if values.iter().any(|values| values.to_ascii_lowercase().contains("accept-encoding")) {
        return;
    }
    let all = values.into_iter().chain(["Accept-Encoding"]).collect::<Vec<_>>().join(", ");
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(header::VARY, all);
    }
}

/// Marks the `ETag` as that of the gzip variant.
fn mark_gzip_etag(headers: &mut HeaderMap) {
    let etag = headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let etag = etag.and_then(|etag| etag.strip_suffix('"')).map(|etag| format!("{etag}{GZIP_ETAG_SUFFIX}\""));
    if let Some(Ok(etag)) = etag.map(|etag| HeaderValue::from_str(&etag)) {
        headers.insert(header::ETAG, etag);
    }
}

/// Gives a 304 made by a handler the `ETag` of the variant that the client holds, if it accepts that
/// coding.
pub(super) fn mark_gzip_etag_of_304(response: &mut ServiceResponse<BoxBody>, choice: AcceptedCoding) {
    let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
    let is_packed = etag.is_some_and(|etag| conditional::is_not_modified_as_gzip(response.request(), etag));
    if response.status() == StatusCode::NOT_MODIFIED && choice.min_bytes().is_some() && is_packed {
        mark_gzip_etag(response.headers_mut());
    }
}

/// Compresses a body; returns it with the headers it then has, or none where that saves nothing.
pub(super) async fn gzip_body(headers: &HeaderMap, body: &Bytes, least: usize) -> Option<(HeaderMap, Bytes)> {
    if body.len() < least || !is_compressible(headers) {
        return None;
    }
    let pack = |body: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
        encoder.write_all(body).and_then(|()| encoder.finish()).ok()
    };
    let bytes = if body.len() > MAX_INLINE_BYTES {
        let body = body.clone();
        tokio::task::spawn_blocking(move || pack(&body)).await.ok()?
    } else {
        pack(body)
    };
    let mut headers = headers.clone();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    mark_gzip_etag(&mut headers);
    Some((headers, bytes?.into()))
}

/// Takes a response with a buffered body apart; gives back one whose body is streamed.
pub(super) fn take_body(
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

/// Compresses a response whose body has at least `least` bytes.
pub(super) async fn compress(response: ServiceResponse<BoxBody>, least: usize) -> ServiceResponse<BoxBody> {
    if !is_compressible(response.headers()) {
        return response;
    }
    match take_body(response) {
        Ok((request, mut response, mut body)) => {
            if let Some((headers, packed)) = gzip_body(response.headers(), &body, least).await {
                (*response.headers_mut(), body) = (headers, packed);
            }
            ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
        }
        Err(mut response) if response.response().body().size() == BodySize::Stream => {
            mark_gzip_etag(response.headers_mut());
            response.map_body(|head, body| BoxBody::new(Encoder::response(ContentEncoding::Gzip, head, body)))
        }
        Err(response) => response,
    }
}

/// Turns a response into a 304 with the same header fields and no body.
pub(super) fn to_not_modified(mut answer: HttpResponse) -> HttpResponse {
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer.headers_mut().remove(header::CONTENT_ENCODING);
    answer.set_body(BoxBody::new(actix_web::body::None::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn the_coding_of_the_highest_weight_is_used() {
        use AcceptedCoding::{Gzip, Identity, NoneAcceptable, OnlyGzip};
        for (field, expected) in [
            ("gzip", Gzip),
            ("GZIP", Gzip),
            ("br, gzip;q=0.8", Gzip),
            ("deflate, x-gzip", Gzip),
            ("*", Gzip),
            ("br;q=1.0,*;q=0.1", Gzip),
            ("gzip;q=0.5, identity;q=0.5", Gzip),
            ("identity, gzip;q=0.1", Identity),
            ("Identity;Q=0.2, gzip;q=0.1", Identity),
            (",gzip,,", Gzip),
            ("", Identity),
            ("identity", Identity),
            ("br", Identity),
            ("gzip;q=0", Identity),
            ("gzip;q=0.0, *", Identity),
            ("*;q=0", NoneAcceptable),
            ("identity;q=0", NoneAcceptable),
            ("identity;q=0, br", NoneAcceptable),
            ("identity;q=0, gzip;q=0.1", OnlyGzip),
            ("*;q=0, gzip", OnlyGzip),
            ("*;q=0, identity", Identity),
        ] {
            let request = TestRequest::default().insert_header(("accept-encoding", field)).to_http_request();
            assert_eq!(choose_coding(request.headers()), expected, "{field}");
        }
        assert_eq!(choose_coding(&HeaderMap::new()), Identity);
    }

    #[actix_web::test]
    async fn what_is_short_or_packed_already_stays_as_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ETAG, HeaderValue::from_static("\"1-a\""));
        let long = Bytes::from(vec![b' '; MIN_COMPRESSIBLE_BYTES]);
        let (packed, body) = gzip_body(&headers, &long, MIN_COMPRESSIBLE_BYTES).await.unwrap();
        assert!(body.len() < MIN_COMPRESSIBLE_BYTES / 10);
        assert_eq!(packed.get(header::ETAG).unwrap(), "\"1-a-gzip\"");
        assert!(gzip_body(&headers, &long.slice(1..), MIN_COMPRESSIBLE_BYTES).await.is_none());
        assert!(gzip_body(&packed, &long, MIN_COMPRESSIBLE_BYTES).await.is_none());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        assert!(gzip_body(&headers, &long, MIN_COMPRESSIBLE_BYTES).await.is_none());
    }
}
