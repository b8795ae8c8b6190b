//! Strict JSON parsing (RFC 8259): UTF-8 only, and no duplicate member names.

use super::errors::codes::ErrorCode;
use super::errors::problem::{Problem, Result};
use super::text_encoding;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Largest body of one record, in bytes (1 MiB).
pub const MAX_BODY_BYTES: usize = 1 << 20;

/// Parses JSON in UTF-8, with or without a byte order mark.
///
/// # Errors
/// 400 with the reason and position, or with the duplicate name.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text_encoding::decode_utf8(bytes)?);
    let value =
        UniqueKeyJson.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| malformed_json(&error))
}

/// Returns the problem of a JSON parse error.
#[must_use]
pub fn malformed_json(error: &serde_json::Error) -> Problem {
    let reason = error.to_string();
    match reason.strip_prefix(DUPLICATE_PREFIX).and_then(|rest| rest.split('`').next()) {
        Some(name) => Problem::new(ErrorCode::DuplicateMember).with_arg("name", name),
        None => Problem::new(ErrorCode::MalformedJson).with_arg("reason", reason),
    }
}

/// Marks the errors of duplicate names, which reach [`malformed_json`] as text.
const DUPLICATE_PREFIX: &str = "twice: `";

/// Deserialises any JSON value but refuses duplicate names, of which `serde_json` alone keeps the last.
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
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Self)?;
            if members.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("{DUPLICATE_PREFIX}{name}`")));
            }
        }
        Ok(members.into())
    }
}
