//! Reads JSON request bodies: accepted media types, size limit, time-out, memory reservation.

use super::body_memory::BodyReservation;
use super::request_headers;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::json::{MAX_BODY_BYTES, parse_json};
use crate::http::context::HttpContext;
use actix_web::http::header;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde_json::Value;
use std::time::Duration;

/// How long a body may take to arrive.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// The media type of JSON Merge Patch (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// The media type of JSON Patch (RFC 6902).
pub const JSON_PATCH: &str = "application/json-patch+json";

/// Reads a body of one of the `accepted` media types; returns its type and value.
///
/// # Errors
/// 415 for another type, 413 above [`MAX_BODY_BYTES`], 408 when it does not arrive in time, 503 where
/// bodies in progress take too much memory, 400 for malformed JSON.
pub async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    accepted: &[&'static str],
) -> Result<(&'static str, Value)> {
    let media = accepted_media_type(request, accepted)?;
    let context = request.app_data::<Data<HttpContext>>().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
    let mut memory = context.body_memory.reserve(context.trusted_proxies.caller_network(request));
    let bytes = tokio::time::timeout(RECEIVE_TIMEOUT, receive(request, payload, &mut memory)).await;
    let value = parse_json(&bytes.map_err(|_| Problem::new(ErrorCode::Timeout))??)?;
    memory.grow(memory_of(&value))?;
    // Until the request has been answered.
    request.extensions_mut().insert(memory);
    Ok((media, value))
}

/// Receives a body within its limit of size, reserving memory as it arrives.
async fn receive(
    request: &HttpRequest,
    mut payload: Payload,
    memory: &mut BodyReservation,
) -> Result<Vec<u8>> {
    let too_large = || Problem::new(ErrorCode::PayloadTooLarge).with_arg("limit", MAX_BODY_BYTES);
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = payload.next().await {
        let piece =
            piece.map_err(|error| Problem::new(ErrorCode::MalformedJson).with_arg("reason", error))?;
        if bytes.len() + piece.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        memory.grow(piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Estimates the memory that a value takes beside its texts, in bytes.
fn memory_of(value: &Value) -> usize {
    let below: usize = match value {
        Value::Array(items) => items.iter().map(memory_of).sum(),
        Value::Object(members) => {
            members.values().map(|member| memory_of(member) + size_of::<(usize, String)>()).sum()
        }
        _ => 0,
    };
    size_of::<Value>() + below
}

fn accepted_media_type(request: &HttpRequest, accepted: &[&'static str]) -> Result<&'static str> {
    if !request_headers::body_codings(request.headers()).is_empty() {
        return Err(request_headers::unsupported_coding(&accepted.join(", "), "identity"));
    }
    let given = request_headers::body_media_type(request.headers());
    let known = accepted.iter().copied().find(|media| given == **media);
    known.ok_or_else(|| request_headers::unsupported_type(request, &accepted.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    #[test]
    fn a_repeated_name_is_refused_wherever_it_stands() {
        let problem = parse_json(br#"{"a": [{"b": 1, "b": 2}]}"#).unwrap_err();
        assert_eq!(
            (problem.code, problem.args),
            (ErrorCode::DuplicateMember, vec![("name", "b".to_owned())])
        );
        assert_eq!(parse_json(b"{\"a\": 1} x").unwrap_err().code, ErrorCode::MalformedJson);
        assert_eq!(parse_json(b"\xEF\xBB\xBF{}").unwrap(), Value::Object(Map::new()));
        assert_eq!(parse_json(b"").unwrap_err().code, ErrorCode::MalformedJson);
        assert_eq!(parse_json(br#"{"a": [1, -2, 1.5, null, true, "x"]}"#).unwrap()["a"][2], 1.5);
    }
}
