//! What is stored of a record, decoded. Content that cannot be read, or that is none of its record, is never taken for
//! something else: whoever asks for it is told which record is damaged, and nothing is written.

use crate::db::paging::Row;
use crate::db::types::Id;
use crate::error::{Code, Problem, Result};
use crate::registry::engine::Draft;
use crate::vocabulary::{At, Faults, Kind, Member, Text, member};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use twox_hash::XxHash3_64;

/// The row of which something stored is part, as it is named when that is damaged.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The name of the record's kind.
    pub kind: &'a str,
    /// The record.
    pub id: Id,
    /// The version.
    pub version: i64,
}

impl Place<'_> {
    /// The refusal that names the record, whose reason is logged.
    pub fn damaged(&self, why: impl fmt::Display) -> Problem {
        let record = self.to_string();
        log::error!("what is stored of {record} is damaged: {why}");
        Problem::new(Code::Damaged).fact("record", record)
    }

    /// The members of a stored content.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn members(&self, content: &str) -> Result<Map<String, Value>> {
        let members: Map<String, Value> = self.json(content)?;
        let mut tally = Tally::of(self);
        for (name, value) in &members {
            tally.meet(name, Type::of(value), value.as_str());
        }
        tally.end().map_err(|why| self.damaged(why))?;
        Ok(members)
    }

    /// Whether a stored content can be shown as it is.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn check(&self, content: &str) -> Result<()> {
        let mut json = serde_json::Deserializer::from_str(content);
        let mut tally = Tally::of(self);
        let read = tally.deserialize(&mut json).and_then(|()| json.end()).map_err(|error| error.to_string());
        read.and_then(|()| tally.end()).map_err(|why| self.damaged(why))
    }

    /// Any JSON that is stored of a record.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn json<T: serde::de::DeserializeOwned>(&self, json: &str) -> Result<T> {
        serde_json::from_str(json).map_err(|error| self.damaged(error))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, version {}", self.kind, self.id, self.version)
    }
}

/// What a record is called, as stored.
///
/// # Errors
/// When it is damaged.
pub fn name(kind: &str, id: Id, json: &str) -> Result<Text> {
    Text::from_json(json).map_err(|error| {
        log::error!("the stored name of {kind} {id} is damaged: {error}");
        Problem::new(Code::Damaged).fact("record", format_args!("{kind} {id}"))
    })
}

/// A member of a stored content, taken out of it.
///
/// # Errors
/// When it is damaged.
pub fn stored<T: Member>(kind: Kind, id: Id, content: &mut Map<String, Value>, name: &str) -> Result<T> {
    let version = content.get("version").and_then(Value::as_i64).unwrap_or(0);
    let mut faults = Faults::default();
    let read = T::read(member::take(content, name), &At::Root.key(name), &mut faults);
    read.ok_or_else(|| Place { kind: kind.as_str(), id, version }.damaged(Problem::invalid(faults)))
}

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Type {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

/// A member that contents of a kind have, or may have.
#[derive(Debug)]
struct Expected {
    name: String,
    holds: Type,
    is_required: bool,
}

/// The members of a kind's contents, in their order.
fn expected(kind: Kind) -> &'static [Expected] {
    static ALL: OnceLock<HashMap<Kind, Vec<Expected>>> = OnceLock::new();
    let all = ALL.get_or_init(|| Kind::ALL.iter().map(|kind| (*kind, expect(*kind))).collect());
    all.get(&kind).map_or(&[], Vec::as_slice)
}

/// What a kind's sample has, of which those members are required without which a body is refused, and lists, which are
/// always stored.
fn expect(kind: Kind) -> Vec<Expected> {
    let missing =
        Draft::read(kind, Map::new().into(), None).map_or_else(|faults| faults, |draft| draft.faults);
    let missing: Vec<&str> = missing
        .told()
        .iter()
        .filter(|fault| fault.code == Code::Required)
        .filter_map(|fault| match &fault.place {
            crate::error::Place::Pointer(pointer) => pointer.strip_prefix('/'),
            _ => None,
        })
        .collect();
    let envelope = ["id", "kind", "version", "created_at", "updated_at", "origin", "identifiers"];
    let holds = |name: &str| match name {
        "version" => Type::Number,
        "identifiers" | "citations" => Type::List,
        _ => Type::Text,
    };
    let own = |(name, value): (&String, &Value)| {
        let holds = Type::of(value);
        let is_required = holds == Type::List || missing.contains(&name.as_str());
        Expected { name: name.clone(), holds, is_required }
    };
    let always = |name: &str| Expected { name: name.into(), holds: holds(name), is_required: true };
    let sample = kind.shelf().sample();
    let members = sample.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !envelope.contains(&name.as_str()) && *name != "citations");
    envelope.into_iter().map(always).chain(members.map(own)).chain([always("citations")]).collect()
}

/// Members met so far in a content, compared with those expected.
struct Tally<'a> {
    place: &'a Place<'a>,
    expected: &'static [Expected],
    /// The place of the next member in the order in which contents are written.
    next: usize,
    /// How many required members were met.
    met: usize,
    wrong: Option<String>,
}

impl<'a> Tally<'a> {
    fn of(place: &'a Place<'a>) -> Self {
        let expected = Kind::from_name(place.kind).map_or(&[][..], expected);
        Self { place, expected, next: 0, met: 0, wrong: None }
    }

    fn meet(&mut self, name: &str, holds: Type, text: Option<&str>) {
        let all = self.expected.iter().enumerate();
        let mut in_order = all.clone().skip(self.next).chain(all.take(self.next));
        let Some((index, expected)) = in_order.find(|(_, expected)| expected.name == name) else {
            return;
        };
        self.next = index + 1;
        self.met += usize::from(expected.is_required);
        let is_own = match (name, text) {
            ("id", Some(text)) => crate::registry::store::parse_id(text) == Some(self.place.id),
            ("kind", Some(text)) => text == self.place.kind,
            _ => true,
        };
        if holds != expected.holds || !is_own {
            self.wrong.get_or_insert_with(|| format!("`{name}` is not what it has to be"));
        }
    }

    fn end(self) -> Result<(), String> {
        let required = self.expected.iter().filter(|expected| expected.is_required).count();
        match self.wrong {
            Some(wrong) => Err(wrong),
            None if self.expected.is_empty() => Err("there is no such kind".into()),
            None if self.met < required => Err("members that must be there are missing".into()),
            None => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Tally<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Tally<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            let Met(holds, text) = members.next_value()?;
            self.meet(&name, holds, text);
        }
        Ok(())
    }
}

/// The type of a value, and a text that has nothing escaped.
struct Met<'de>(Type, Option<&'de str>);

impl<'de> Deserialize<'de> for Met<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyType;
        impl<'de> Visitor<'de> for AnyType {
            type Value = Met<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<Met<'de>, E> {
                Ok(Met(Type::Null, None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Met<'de>, E> {
                Ok(Met(Type::Boolean, None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Met<'de>, E> {
                Ok(Met(Type::Number, None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Met<'de>, E> {
                Ok(Met(Type::Number, None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Met<'de>, E> {
                Ok(Met(Type::Number, None))
            }
            fn visit_str<E>(self, _: &str) -> Result<Met<'de>, E> {
                Ok(Met(Type::Text, None))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Met<'de>, E> {
                Ok(Met(Type::Text, Some(text)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Met<'de>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Met(Type::List, None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Met<'de>, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Met(Type::Object, None))
            }
        }
        deserializer.deserialize_any(AnyType)
    }
}

/// Rows that were found to be sound, remembered by their digests: what was checked once is not read again.
#[derive(Debug, Clone)]
pub struct Sound(Arc<[AtomicU64]>);

impl Default for Sound {
    fn default() -> Self {
        Self((0..Self::MOST).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Sound {
    /// The most that are remembered: 2 MiB of digests.
    const MOST: usize = 1 << 18;

    /// As [`check_row`].
    ///
    /// # Errors
    /// When something of it is damaged.
    pub fn check(&self, kind: Kind, row: &Row) -> Result<()> {
        let parts = [&row.content, &row.name, &row.names];
        // Of this record: the content of another is none of it.
        let seed = row.id.0.as_u64_pair().1;
        let digest = parts
            .iter()
            .fold(seed, |digest, part| digest.rotate_left(21) ^ XxHash3_64::oneshot(part.as_bytes()));
        let slot = usize::try_from(digest % Self::MOST as u64).ok().and_then(|slot| self.0.get(slot));
        if slot.is_some_and(|slot| slot.load(Ordering::Relaxed) == digest && digest != 0) {
            return Ok(());
        }
        check_row(kind, row)?;
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
pub fn check_row(kind: Kind, row: &Row) -> Result<()> {
    let kind = kind.as_str();
    Place { kind, id: row.id, version: row.version }.check(&row.content)?;
    name(kind, row.id, &row.name)?;
    for line in row.names.split('\n').filter(|line| !line.is_empty()) {
        let parts = line.find('{').map(|at| line.split_at(at));
        let parts = parts.and_then(|(id, text)| Some((uuid::Uuid::try_parse(id).ok()?, text)));
        let Some((id, text)) = parts else {
            let place = Place { kind, id: row.id, version: row.version };
            return Err(place.damaged("a record that it refers to has no name"));
        };
        name("record", Id(id), text)?;
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
        let sample = kind.shelf().sample();
        let envelope = ["id", "kind", "identifiers", "citations"];
        let own = sample.as_object().unwrap().iter().filter(|(name, _)| !envelope.contains(&name.as_str()));
        record.as_object_mut().unwrap().extend(own.map(|(name, value)| (name.clone(), value.clone())));
        record["citations"] = json!([]);
        record
    }

    #[test]
    fn every_damage_of_a_content_is_found() {
        for kind in Kind::ALL {
            let id = Id(crate::clock::new_id());
            let place = Place { kind: kind.as_str(), id, version: 1 };
            let sound = content(*kind, id);
            assert_eq!(Value::Object(place.members(&sound.to_string()).unwrap()), sound);
            place.check(&sound.to_string()).unwrap();
            let text = sound.to_string();
            let mut damaged =
                vec![String::new(), "{}".into(), "null".into(), "[]".into(), "x".into(), format!("{text}]")];
            let length = text.chars().count();
            damaged.extend([1, length / 2, length - 1].map(|end| text.chars().take(end).collect()));
            for expected in expected(*kind) {
                let mut other = sound.clone();
                other[&expected.name] = if expected.holds == Type::Boolean { json!(1) } else { json!(true) };
                damaged.push(other.to_string());
                if expected.is_required {
                    other.as_object_mut().unwrap().shift_remove(&expected.name);
                    damaged.push(other.to_string());
                }
            }
            let another = content(*kind, Id(crate::clock::new_id()));
            damaged.push(another.to_string());
            for damaged in damaged {
                assert_eq!(place.members(&damaged).unwrap_err().code, Code::Damaged, "{damaged}");
                assert_eq!(place.check(&damaged).unwrap_err().code, Code::Damaged, "{damaged}");
            }
        }
    }
}
