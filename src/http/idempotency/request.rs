//! `Idempotency-Key`: a request that is sent again is answered again.

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

/// The longest token.
const MAX_KEY_BYTES: usize = 255;

/// What the caller names a request by: a string, quoted as a structured field (RFC 9651) or not.
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

/// A request that begins to be answered, and its place among those of this process.
///
/// # Errors
/// 400 for a malformed token; 409 when it is being answered already.
pub fn begin_idempotent(
    request: &HttpRequest,
    context: &HttpContext,
    credentials: &Credentials,
) -> Result<(IdempotentRequest, Option<InFlightGuard>)> {
    let token = read_idempotency_key(request)?;
    let flight =
        token.as_ref().map(|token| context.in_flight.enter(credentials.key_id(), token)).transpose()?;
    Ok((IdempotentRequest::new(token), flight))
}

/// All that a request says: where to, of which type, and its body.
#[must_use]
pub fn request_parts(request: &HttpRequest, sent: &str) -> [String; 4] {
    let media = field_lines(request.headers(), &header::CONTENT_TYPE).next().unwrap_or_default();
    let method = request.method().as_str();
    [method.into(), request.uri().to_string(), media.into(), sent.into()]
}

/// The largest body whose write is compared with what is stored on the thread that answers, in bytes.
const MAX_INLINE_BODY_BYTES: usize = 16 << 10;

/// Answers a request without writing, where `idle` can and the answer is not to be kept. `sent` is the body.
///
/// # Errors
/// 400 for a malformed token; 401; what `idle` refuses.
pub async fn answer_unchanged<F>(
    request: &HttpRequest,
    context: &HttpContext,
    (credentials, now): (Credentials, i64),
    sent: &str,
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
    let reply = if sent.len() <= MAX_INLINE_BODY_BYTES {
        db.read_short(answer).await?
    } else {
        db.read(answer).await?
    };
    Ok(reply.map(to_response))
}

/// Does the work of a request in one transaction, unless it was done before: then its answer is given again. `sent` is
/// the body. The answer is kept last of all, after the change log: nobody else waits for its row.
///
/// # Errors
/// 400 for a malformed token; 401; 409 when the request is being answered already; 422 when it said something else
/// before; what the work refuses.
pub async fn run_idempotent<F>(
    request: &HttpRequest,
    context: &HttpContext,
    (credentials, now): (Credentials, i64),
    sent: &str,
    work: F,
) -> Result<HttpResponse>
where
    F: Fn(&mut Conn, &ApiKey) -> TxResult<StoredResponse> + Send + 'static,
{
    let (once, flight) = begin_idempotent(request, context, &credentials)?;
    let once =
        if once.has_idempotency_key() { once.with_fingerprint(&request_parts(request, sent)) } else { once };
    let answer = move |tx: &mut Conn| {
        let key = credentials.verify(tx, now)?;
        if let Some(reply) = once.replay(tx, &key.id, now)? {
            return Ok(reply);
        }
        let reply = work(tx, &key)?;
        once.store(tx, &key.id, &reply, now)?;
        Ok(reply)
    };
    let reply = context.db.write(answer).await;
    drop(flight);
    reply.map(to_response)
}

/// The answer as HTTP sends it.
#[must_use]
pub fn to_response(reply: StoredResponse) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.body(reply.body)
}
