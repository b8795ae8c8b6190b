//! What is stored of a record, decoded. Content that cannot be read, or that is none of its record, is never taken for
//! something else: whoever asks for it is told which record is damaged, and nothing is written.

use crate::db::keyset_paging::ListRow;
use crate::db::types::Id;
use crate::domain::body_field::BodyField;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::records::input::RecordInput;
use crate::store::damage::{StoredRowId, parse_stored_name};
use serde::de::Deserialize;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde_json::Map;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use twox_hash::XxHash3_64;

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonType {
    pub fn of(value: &Value) -> Self {
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

/// A member that contents of a kind have, or may have.
#[derive(Debug)]
struct ExpectedMember {
    name: String,
    holds: JsonType,
    is_required: bool,
}

/// The members of a kind's contents, in their order.
fn expected_members(kind: Kind) -> &'static [ExpectedMember] {
    static ALL: OnceLock<HashMap<Kind, Vec<ExpectedMember>>> = OnceLock::new();
    let all =
        ALL.get_or_init(|| Kind::ALL.iter().map(|kind| (*kind, read_expected_members(*kind))).collect());
    all.get(&kind).map_or(&[], Vec::as_slice)
}

/// What a kind's sample has, of which those members are required without which a body is refused, and lists, which are
/// always stored.
fn read_expected_members(kind: Kind) -> Vec<ExpectedMember> {
    let missing =
        RecordInput::read(kind, Map::new().into(), None).map_or_else(|faults| faults, |draft| draft.faults);
    let missing: Vec<&str> = missing
        .reported()
        .iter()
        .filter(|fault| fault.code == ErrorCode::Required)
        .filter_map(|fault| match &fault.location {
            crate::domain::errors::fault::FaultLocation::Pointer(pointer) => pointer.strip_prefix('/'),
            _ => None,
        })
        .collect();
    let envelope = ["id", "kind", "version", "created_at", "updated_at", "origin", "identifiers"];
    let holds = |name: &str| match name {
        "version" => JsonType::Number,
        "identifiers" | "citations" => JsonType::Array,
        _ => JsonType::String,
    };
    let own = |(name, value): (&String, &Value)| {
        let holds = JsonType::of(value);
        let is_required = holds == JsonType::Array || missing.contains(&name.as_str());
        ExpectedMember { name: name.clone(), holds, is_required }
    };
    let always = |name: &str| ExpectedMember { name: name.into(), holds: holds(name), is_required: true };
    let sample = kind.definition().sample();
    let members = sample.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !envelope.contains(&name.as_str()) && *name != "citations");
    envelope.into_iter().map(always).chain(members.map(own)).chain([always("citations")]).collect()
}

/// Members met so far in a content, compared with those expected.
pub struct ContentVerifier<'a> {
    row: &'a StoredRowId<'a>,
    expected: &'static [ExpectedMember],
    /// The place of the next member in the order in which contents are written.
    next_index: usize,
    /// How many required members were met.
    required_seen: usize,
    first_error: Option<String>,
}

impl<'a> ContentVerifier<'a> {
    pub fn of(row: &'a StoredRowId<'a>) -> Self {
        let expected = Kind::from_name(row.kind).map_or(&[][..], expected_members);
        Self { row, expected, next_index: 0, required_seen: 0, first_error: None }
    }

    pub fn observe(&mut self, name: &str, holds: JsonType, text: Option<&str>) {
        let all = self.expected.iter().enumerate();
        let mut in_order = all.clone().skip(self.next_index).chain(all.take(self.next_index));
        let Some((index, expected)) = in_order.find(|(_, expected)| expected.name == name) else {
            return;
        };
        self.next_index = index + 1;
        self.required_seen += usize::from(expected.is_required);
        let is_own = match (name, text) {
            ("id", Some(text)) => crate::db::types::parse_record_id(text) == Some(self.row.id),
            ("kind", Some(text)) => text == self.row.kind,
            _ => true,
        };
        if holds != expected.holds || !is_own {
            self.first_error.get_or_insert_with(|| format!("`{name}` is not what it has to be"));
        }
    }

    pub fn finish(self) -> Result<(), String> {
        let required = self.expected.iter().filter(|expected| expected.is_required).count();
        match self.first_error {
            Some(wrong) => Err(wrong),
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

/// The type of a value, and a text that has nothing escaped.
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

/// Rows that were found to be sound, remembered by their digests: what was checked once is not read again.
#[derive(Debug, Clone)]
pub struct VerifiedRows(Arc<[AtomicU64]>);

impl Default for VerifiedRows {
    fn default() -> Self {
        Self((0..Self::MAX_DIGESTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl VerifiedRows {
    /// The most that are remembered: 2 MiB of digests.
    const MAX_DIGESTS: usize = 1 << 18;

    /// As [`check_row`].
    ///
    /// # Errors
    /// When something of it is damaged.
    pub fn verify(&self, kind: Kind, row: &ListRow) -> Result<()> {
        let parts = [&row.content, &row.name, &row.names];
        // Of this record: the content of another is none of it.
        let seed = row.id.0.as_u64_pair().1;
        let digest = parts
            .iter()
            .fold(seed, |digest, part| digest.rotate_left(21) ^ XxHash3_64::oneshot(part.as_bytes()));
        let slot = usize::try_from(digest % Self::MAX_DIGESTS as u64).ok().and_then(|slot| self.0.get(slot));
        if slot.is_some_and(|slot| slot.load(Ordering::Relaxed) == digest && digest != 0) {
            return Ok(());
        }
        verify_row(kind, row)?;
        if let Some(slot) = slot {
            slot.store(digest, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether a record, what it is called and what those are called that it refers to can be shown as they are.
///
/// # Errors
/// When something of it is damaged.
pub fn verify_row(kind: Kind, row: &ListRow) -> Result<()> {
    let kind = kind.as_str();
    StoredRowId { kind, id: row.id, version: row.version }.verify_content(&row.content)?;
    parse_stored_name(kind, row.id, &row.name)?;
    for line in row.names.split('\n').filter(|line| !line.is_empty()) {
        let parts = line.find('{').map(|at| line.split_at(at));
        let parts = parts.and_then(|(id, text)| Some((uuid::Uuid::try_parse(id).ok()?, text)));
        let Some((id, text)) = parts else {
            let place = StoredRowId { kind, id: row.id, version: row.version };
            return Err(place.damage_problem("a record that it refers to has no name"));
        };
        parse_stored_name("record", Id(id), text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(kind: Kind, id: Id) -> Value {
        let mut record = json!({"id": id.to_string(), "kind": kind.as_str(), "version": 1, "created_at": "c", "updated_at": "u",
            "origin": "o", "identifiers": []});
        let sample = kind.definition().sample();
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
            assert_eq!(Value::Object(place.parse_members(&sound.to_string()).unwrap()), sound);
            place.verify_content(&sound.to_string()).unwrap();
            let text = sound.to_string();
            let mut damaged =
                vec![String::new(), "{}".into(), "null".into(), "[]".into(), "x".into(), format!("{text}]")];
            let length = text.chars().count();
            damaged.extend([1, length / 2, length - 1].map(|end| text.chars().take(end).collect()));
            for expected in expected_members(*kind) {
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
                assert_eq!(place.parse_members(&damaged).unwrap_err().code, ErrorCode::Damaged, "{damaged}");
                assert_eq!(place.verify_content(&damaged).unwrap_err().code, ErrorCode::Damaged, "{damaged}");
            }
        }
    }
}
