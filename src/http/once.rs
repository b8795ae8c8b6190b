//! `Idempotency-Key`: a request that is sent again is answered again.

use super::auth::Credentials;
use super::conditions;
use crate::access::answers::{Flight, Flights, Once, Reply};
use crate::error::{Code, Fault, Problem, Result};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

/// The longest token.
const LONGEST: usize = 255;

/// What the caller names a request by: a string, quoted as a structured field (RFC 9651) or not.
fn token(request: &HttpRequest) -> Result<Option<String>> {
    const NAME: &str = "Idempotency-Key";
    let Some(value) = conditions::field(request, &header::HeaderName::from_static("idempotency-key")) else {
        return Ok(None);
    };
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(&value);
    let fits = (1..=LONGEST).contains(&bare.len()) && bare.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    if fits {
        return Ok(Some(bare.to_owned()));
    }
    let expected = format!("1 to {LONGEST} visible ASCII characters");
    let facts = vec![("value", value), ("expected", expected)];
    Err(Problem::bad_request(vec![Fault::header(NAME, Code::InvalidHeader, facts)]))
}

/// The request with this body, and its place among those that are being answered.
///
/// # Errors
/// 400 for a malformed token; 409 when it is being answered already.
pub fn once(
    request: &HttpRequest,
    credentials: &Credentials,
    flights: &Flights,
    body: &str,
) -> Result<(Once, Option<Flight>)> {
    let token = token(request)?;
    let flight = token.as_ref().map(|token| flights.take_off(credentials.id(), token)).transpose()?;
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let address = request.uri().to_string();
    let parts = [request.method().as_str(), &address, media.unwrap_or_default(), body];
    Ok((Once::new(token, &parts), flight))
}

/// The answer as HTTP sends it.
#[must_use]
pub fn send(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.body(reply.body)
}
