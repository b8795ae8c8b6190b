//! Request bodies: bytes of an accepted type, read as JSON in which no name stands twice.

use super::body_memory::BodyReservation;
use super::{AppState, encoding, request_headers};
use crate::error::{ErrorCode, Problem, Result};
use actix_web::http::header;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::time::Duration;

/// The largest body of one record, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// How long a body may take to arrive.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);

/// A media type for bodies.
pub const JSON: &str = "application/json";
/// RFC 7396.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// RFC 6902.
pub const JSON_PATCH: &str = "application/json-patch+json";

/// Reads a body of one of the `accepted` types; gives its type and value.
///
/// # Errors
/// 415 for another type, 413 for more than [`LARGEST`] bytes, 408 for one that does not arrive, 503 where bodies take too
/// much memory already, 400 for what is not JSON.
pub async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    accepted: &[&'static str],
) -> Result<(&'static str, Value)> {
    let media = accepted_media_type(request, accepted)?;
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
    let mut memory = state.body_memory.reserve(state.trusted_proxies.caller_network(request));
    let bytes = tokio::time::timeout(RECEIVE_TIMEOUT, receive(request, payload, &mut memory)).await;
    let value = parse_json(&bytes.map_err(|_| Problem::new(ErrorCode::Timeout))??)?;
    memory.grow(memory_of(&value))?;
    // Until the request has been answered.
    request.extensions_mut().insert(memory);
    Ok((media, value))
}

/// Takes a body in as it arrives.
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

/// How much memory a value takes, about, beside its texts.
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

/// Reads JSON in UTF-8, in which no object has a name twice, with a byte order mark before it or not.
///
/// # Errors
/// 400, saying where and why.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(encoding::decode_utf8(bytes)?);
    let value =
        UniqueKeyJson.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| malformed_json(&error))
}

/// What is wrong with JSON that cannot be read.
#[must_use]
pub fn malformed_json(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    match reason.strip_prefix(DUPLICATE_PREFIX).and_then(|rest| rest.split('`').next()) {
        Some(name) => Problem::new(ErrorCode::DuplicateMember).with_arg("name", name),
        None => Problem::new(ErrorCode::MalformedJson).with_arg("reason", reason),
    }
}

const DUPLICATE_PREFIX: &str = "twice: `";

/// Reads any JSON value, refusing repeated names: `serde_json` alone keeps the last.
#[derive(Debug, Clone, Copy)]
pub struct UniqueKeyJson;

impl<'de> DeserializeSeed<'de> for UniqueKeyJson {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeyJson {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number too large"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key_seed(MemberNameSeed)? {
            let value = map.next_value_seed(Self)?;
            if members.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("{DUPLICATE_PREFIX}{name}`")));
            }
        }
        Ok(members.into())
    }
}

struct MemberNameSeed;

impl<'de> DeserializeSeed<'de> for MemberNameSeed {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
