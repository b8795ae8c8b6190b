//! The id of a request: the client's `X-Request-Id` or a new one.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

/// The header field of the id, in requests and responses.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Returns the client's own id, if it is short and plain, or a new one.
pub(super) fn request_id(request: &HttpRequest) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    given.filter(plain).map_or_else(|| crate::util::random::new_uuid().to_string(), str::to_owned)
}
