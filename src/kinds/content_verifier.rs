//! Integrity check of stored contents against the members that their kind declares.

use super::definition::Definition;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::records;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::FaultLocation;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::store::damage::StoredRowId;
use diesel::prelude::*;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, OnceLock};

/// Parses a stored content. `definition` is that of the row's kind; without one, every content is damaged.
///
/// # Errors
/// [`ErrorCode::Damaged`] when it is not a valid content of this row.
pub fn parse_content(
    definition: Option<&dyn Definition>,
    row: StoredRowId<'_>,
    content: &str,
) -> Result<Map<String, Value>> {
    let members: Map<String, Value> = row.parse_json(content)?;
    let mut verifier = ContentVerifier::new(definition, &row);
    for (name, value) in &members {
        verifier.observe(name, JsonType::of(value), value.as_str());
    }
    verifier.finish().map_err(|why| row.damage_problem(why))?;
    Ok(members)
}

/// Verifies what [`parse_content`] verifies, without building the members.
///
/// # Errors
/// [`ErrorCode::Damaged`] when it is not a valid content of this row.
pub fn check_content(definition: Option<&dyn Definition>, row: StoredRowId<'_>, content: &str) -> Result<()> {
    let mut json = serde_json::Deserializer::from_str(content);
    let mut verifier = ContentVerifier::new(definition, &row);
    let read = verifier.deserialize(&mut json).and_then(|()| json.end()).map_err(|error| error.to_string());
    read.and_then(|()| verifier.finish()).map_err(|why| row.damage_problem(why))
}

/// Loads the contents of records of one kind, by id.
///
/// # Errors
/// [`ErrorCode::Damaged`] when one of them is damaged.
pub fn load_contents(
    tx: &mut Conn,
    definition: &dyn Definition,
    ids: &[Id],
) -> TxResult<HashMap<Id, Map<String, Value>>> {
    let rows = records::table.filter(records::id.eq_any(ids.to_vec()));
    let rows: Vec<(Id, String, i64, String)> =
        rows.select((records::id, records::kind, records::version, records::content)).load(tx)?;
    let read = |(id, kind, version, content): (Id, String, i64, String)| {
        Ok((id, parse_content(Some(definition), StoredRowId { kind: &kind, id, version }, &content)?))
    };
    rows.into_iter().map(read).collect()
}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonType {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

/// A member that stored contents of a kind may or must have.
#[derive(Debug)]
struct ExpectedMember {
    name: String,
    holds: JsonType,
    is_required: bool,
}

/// Returns the members of a kind's contents, in their order. They are computed once per kind.
fn expected_members(definition: &dyn Definition) -> &'static [ExpectedMember] {
    static BY_KIND: LazyLock<HashMap<Kind, OnceLock<Vec<ExpectedMember>>>> =
        LazyLock::new(|| Kind::ALL.iter().map(|kind| (*kind, OnceLock::new())).collect());
    let members = BY_KIND.get(&definition.kind());
    members.map_or(&[], |members| members.get_or_init(|| read_expected_members(definition)))
}

/// Returns the members of the envelope and of the kind's sample. Required are those of the envelope, those that
/// a request body must have, and lists, which are always stored.
fn read_expected_members(definition: &dyn Definition) -> Vec<ExpectedMember> {
    let mut faults = FaultList::default();
    definition.read_content(Map::new(), &mut faults);
    let missing: Vec<&str> = faults
        .reported()
        .iter()
        .filter(|fault| fault.code == ErrorCode::Required)
        .filter_map(|fault| match &fault.location {
            FaultLocation::Pointer(pointer) => pointer.strip_prefix('/'),
            _ => None,
        })
        .collect();
    let envelope = ["id", "kind", "version", "created_at", "updated_at", "origin", "identifiers"];
    let holds = |name: &str| match name {
        "version" => JsonType::Number,
        "identifiers" | "citations" => JsonType::Array,
        _ => JsonType::String,
    };
    let of_sample = |(name, value): (&String, &Value)| {
        let holds = JsonType::of(value);
        let is_required = holds == JsonType::Array || missing.contains(&name.as_str());
        ExpectedMember { name: name.clone(), holds, is_required }
    };
    let of_envelope =
        |name: &str| ExpectedMember { name: name.into(), holds: holds(name), is_required: true };
    let sample = definition.sample();
    let members = sample.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !envelope.contains(&name.as_str()) && *name != "citations");
    envelope
        .into_iter()
        .map(of_envelope)
        .chain(members.map(of_sample))
        .chain([of_envelope("citations")])
        .collect()
}

/// Compares the members of a content, one by one, with the expected ones.
struct ContentVerifier<'a> {
    row: &'a StoredRowId<'a>,
    expected: &'static [ExpectedMember],
    /// The index of the member that should come next, since contents are written in order.
    next_index: usize,
    /// How many required members have been met.
    required_seen: usize,
    first_error: Option<String>,
}

impl<'a> ContentVerifier<'a> {
    /// Starts verifying the content of a row. Without a definition, [`Self::finish`] fails.
    fn new(definition: Option<&dyn Definition>, row: &'a StoredRowId<'a>) -> Self {
        let expected = definition.map_or(&[][..], expected_members);
        Self { row, expected, next_index: 0, required_seen: 0, first_error: None }
    }

    /// Compares the next member. `text` is its text if it is a string without escapes. Unknown members are
    /// ignored.
    fn observe(&mut self, name: &str, holds: JsonType, text: Option<&str>) {
        let all = self.expected.iter().enumerate();
        let mut in_order = all.clone().skip(self.next_index).chain(all.take(self.next_index));
        let Some((index, expected)) = in_order.find(|(_, expected)| expected.name == name) else {
            return;
        };
        self.next_index = index + 1;
        self.required_seen += usize::from(expected.is_required);
        let is_of_row = match (name, text) {
            ("id", Some(text)) => types::parse_record_id(text) == Some(self.row.id),
            ("kind", Some(text)) => text == self.row.kind,
            _ => true,
        };
        if holds != expected.holds || !is_of_row {
            self.first_error.get_or_insert_with(|| format!("`{name}` is not what it has to be"));
        }
    }

    /// Returns the first error, or that required members are missing.
    fn finish(self) -> Result<(), String> {
        let required = self.expected.iter().filter(|expected| expected.is_required).count();
        match self.first_error {
            Some(error) => Err(error),
            None if self.expected.is_empty() => Err("there is no such kind".into()),
            None if self.required_seen < required => Err("members that must be there are missing".into()),
            None => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut ContentVerifier<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut ContentVerifier<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            let MemberValue(holds, text) = members.next_value()?;
            self.observe(&name, holds, text);
        }
        Ok(())
    }
}

/// The type of a value, and its text if it is a string without escapes.
struct MemberValue<'de>(JsonType, Option<&'de str>);

impl<'de> Deserialize<'de> for MemberValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyType;
        impl<'de> Visitor<'de> for AnyType {
            type Value = MemberValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::Null, None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::Boolean, None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::Number, None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::Number, None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::Number, None))
            }
            fn visit_str<E>(self, _: &str) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::String, None))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<MemberValue<'de>, E> {
                Ok(MemberValue(JsonType::String, Some(text)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<MemberValue<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(MemberValue(JsonType::Array, None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<MemberValue<'de>, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(MemberValue(JsonType::Object, None))
            }
        }
        deserializer.deserialize_any(AnyType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::all;
    use serde_json::json;

    fn content(kind: Kind, id: Id) -> Value {
        let mut record = json!({"id": id.to_string(), "kind": kind.as_str(), "version": 1, "created_at": "c", "updated_at": "u",
            "origin": "o", "identifiers": []});
        let sample = all::definition(kind).sample();
        let envelope = ["id", "kind", "identifiers", "citations"];
        let own = sample.as_object().unwrap().iter().filter(|(name, _)| !envelope.contains(&name.as_str()));
        record.as_object_mut().unwrap().extend(own.map(|(name, value)| (name.clone(), value.clone())));
        record["citations"] = json!([]);
        record
    }

    #[test]
    fn every_damage_of_a_content_is_found() {
        for kind in Kind::ALL {
            let id = Id(crate::util::random::new_uuid());
            let place = StoredRowId { kind: kind.as_str(), id, version: 1 };
            let sound = content(*kind, id);
            assert_eq!(
                Value::Object(
                    parse_content(Some(all::definition(*kind)), place, &sound.to_string()).unwrap()
                ),
                sound
            );
            check_content(Some(all::definition(*kind)), place, &sound.to_string()).unwrap();
            let text = sound.to_string();
            let mut damaged =
                vec![String::new(), "{}".into(), "null".into(), "[]".into(), "x".into(), format!("{text}]")];
            let length = text.chars().count();
            damaged.extend([1, length / 2, length - 1].map(|end| text.chars().take(end).collect()));
            for expected in expected_members(all::definition(*kind)) {
                let mut other = sound.clone();
                other[&expected.name] =
                    if expected.holds == JsonType::Boolean { json!(1) } else { json!(true) };
                damaged.push(other.to_string());
                if expected.is_required {
                    other.as_object_mut().unwrap().shift_remove(&expected.name);
                    damaged.push(other.to_string());
                }
            }
            let another = content(*kind, Id(crate::util::random::new_uuid()));
            damaged.push(another.to_string());
            for damaged in damaged {
                assert_eq!(
                    parse_content(Some(all::definition(*kind)), place, &damaged).unwrap_err().code,
                    ErrorCode::Damaged,
                    "{damaged}"
                );
                assert_eq!(
                    check_content(Some(all::definition(*kind)), place, &damaged).unwrap_err().code,
                    ErrorCode::Damaged,
                    "{damaged}"
                );
            }
        }
    }
}
