//! Runs a write under its `Idempotency-Key`, or replays the stored response.

use super::replay::IdempotentRequest;
use super::store::StoredResponse;
use crate::auth::api_key::ApiKey;
use crate::auth::credentials::Credentials;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::problem::Result;
use crate::http::context::HttpContext;
use crate::http::in_flight::InFlightGuard;
use crate::http::list_header::field_lines;
use crate::http::{header_errors, request_headers};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

/// The maximum length of an idempotency key, in bytes.
const MAX_KEY_BYTES: usize = 255;

/// Reads the idempotency key: a string, quoted as a structured field (RFC 9651) or not.
fn read_idempotency_key(request: &HttpRequest) -> Result<Option<String>> {
    const NAME: &str = "Idempotency-Key";
    let name = header::HeaderName::from_static("idempotency-key");
    let Some(value) = request_headers::single_text(request, &name, NAME)? else { return Ok(None) };
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let fits =
        (1..=MAX_KEY_BYTES).contains(&bare.len()) && bare.bytes().all(|byte| (0x20..0x7F).contains(&byte));
    if fits {
        return Ok(Some(bare.to_owned()));
    }
    let expected = format!("1 to {MAX_KEY_BYTES} visible ASCII characters");
    Err(header_errors::invalid_header_problem(NAME, value.as_bytes(), &expected))
}

/// Begins a request with an idempotency key; returns the guard that marks the key as in use.
///
/// # Errors
/// 400 for a malformed key; 409 when a request with it is being answered.
pub fn begin_idempotent(
    request: &HttpRequest,
    context: &HttpContext,
    credentials: &Credentials,
) -> Result<(IdempotentRequest, Option<InFlightGuard>)> {
    let token = read_idempotency_key(request)?;
    let in_flight =
        token.as_ref().map(|token| context.in_flight.enter(credentials.key_id(), token)).transpose()?;
    Ok((IdempotentRequest::new(token), in_flight))
}

/// Returns what the fingerprint of a request is made of: method, URI, media type and body.
#[must_use]
pub fn request_parts(request: &HttpRequest, body_text: &str) -> [String; 4] {
    let media = field_lines(request.headers(), &header::CONTENT_TYPE).next().unwrap_or_default();
    let method = request.method().as_str();
    [method.into(), request.uri().to_string(), media.into(), body_text.into()]
}

/// Smaller bodies are compared with the stored record on the async worker, in bytes.
const MAX_INLINE_BODY_BYTES: usize = 16 << 10;

/// Answers a request without writing, where `idle` finds that it would change nothing. Not with an
/// idempotency key: that response must be stored. `sent` is the body.
///
/// # Errors
/// 400 for a malformed key; 401; what `idle` refuses.
pub async fn answer_unchanged<F>(
    request: &HttpRequest,
    context: &HttpContext,
    (credentials, now): (Credentials, i64),
    body_text: &str,
    idle: F,
) -> Result<Option<HttpResponse>>
where
    F: FnOnce(&mut Conn, &ApiKey) -> TxResult<Option<StoredResponse>> + Clone + Send + 'static,
{
    if read_idempotency_key(request)?.is_some() {
        return Ok(None);
    }
    let answer = move |tx: &mut Conn| {
        let key = credentials.verify(tx, now)?;
        idle(tx, &key)
    };
    let db = context.db.primary();
    let stored = if body_text.len() <= MAX_INLINE_BODY_BYTES {
        db.read_short(answer).await?
    } else {
        db.read(answer).await?
    };
    Ok(stored.map(to_response))
}

/// Runs a write in one transaction, or replays its stored response. `sent` is the body. The response is
/// stored last, after the change log, so that no other transaction waits for its row.
///
/// # Errors
/// 400 for a malformed key; 401; 409 when the same request is being answered; 422 when the key was used for
/// another request; what the write refuses.
pub async fn run_idempotent<F>(
    request: &HttpRequest,
    context: &HttpContext,
    (credentials, now): (Credentials, i64),
    body_text: &str,
    work: F,
) -> Result<HttpResponse>
where
    F: Fn(&mut Conn, &ApiKey) -> TxResult<StoredResponse> + Send + 'static,
{
    let (idempotent, in_flight) = begin_idempotent(request, context, &credentials)?;
    let idempotent = if idempotent.has_idempotency_key() {
        idempotent.with_fingerprint(&request_parts(request, body_text))
    } else {
        idempotent
    };
    let answer = move |tx: &mut Conn| {
        let key = credentials.verify(tx, now)?;
        if let Some(stored) = idempotent.replay(tx, &key.id, now)? {
            return Ok(stored);
        }
        let stored = work(tx, &key)?;
        idempotent.store(tx, &key.id, &stored, now)?;
        Ok(stored)
    };
    let stored = context.db.write(answer).await;
    drop(in_flight);
    stored.map(to_response)
}

/// Returns a stored response as an HTTP response.
#[must_use]
pub fn to_response(stored: StoredResponse) -> HttpResponse {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in stored.headers {
        response.insert_header((name, value));
    }
    response.body(stored.body)
}
