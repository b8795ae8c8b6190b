//! Reading of texts, plain strings, dates, language tags, digests and URLs from a request body.

use super::body_field::{
    BodyField, BodyPath, Visitor, reject_unknown_members, require, require_object, take_member,
};
use super::edtf::parse::Edtf;
use super::errors::codes::ErrorCode;
use super::errors::fault::Fault;
use super::errors::fault_list::FaultList;
use super::folding;
use super::nearest::nearest_name;
use super::partial_date::PartialDate;
use super::text::{LANGUAGE_TAGS, MAX_TEXT_CHARS, Text, normalise};
use super::written_date::interpret;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

impl BodyField for PartialDate {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let mut members = require_object(value, at, faults)?;
        let edtf = take_member(&mut members, "edtf");
        reject_unknown_members(&members, at, &["edtf"], &["earliest", "latest", "label"], faults);
        let at = at.key("edtf");
        let Value::String(text) = require(edtf, &at, faults)? else {
            return faults.wrong_type(&at, "string");
        };
        match Edtf::parse(&text) {
            Ok(date) => Some(Self(date)),
            Err(error) => {
                let mut readings = interpret::interpret(&text).into_iter();
                let mut next = || readings.next().unwrap_or_default();
                let args =
                    [("write", next()), ("other", next()), ("reason", error.code().into()), ("value", text)];
                faults.push(&at, ErrorCode::InvalidDate, args.into());
                None
            }
        }
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        visitor.date(at, self);
    }
}

/// Reads a string: normalised, with a visible character, at most `max_chars` characters.
fn read_string(value: Value, at: &BodyPath<'_>, max_chars: usize, faults: &mut FaultList) -> Option<String> {
    let Value::String(raw) = value else { return faults.wrong_type(at, "string") };
    let Some(text) = normalise(&raw) else {
        faults.push(at, ErrorCode::ControlCharacter, vec![]);
        return None;
    };
    if !folding::is_visible(&text) {
        faults.push(at, ErrorCode::Empty, vec![]);
        return None;
    }
    if text.chars().count() > max_chars {
        faults.push(at, ErrorCode::TooLong, vec![("limit", max_chars.to_string())]);
        return None;
    }
    Some(text)
}

impl BodyField for Text {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let members = require_object(value, at, faults)?;
        let mut texts = BTreeMap::new();
        let before = faults.count();
        for (tag, value) in members {
            match LANGUAGE_TAGS.iter().position(|known| *known == tag) {
                None => faults.add_with(|| {
                    let (nearest, known) = (nearest_name(&tag, &LANGUAGE_TAGS), LANGUAGE_TAGS.join(", "));
                    let args = vec![("name", tag.clone()), ("nearest", nearest), ("known", known)];
                    Fault::at_pointer(at.key(&tag).pointer(), ErrorCode::UnknownLanguage, args)
                }),
                Some(_) if value.is_null() => {}
                Some(index) => {
                    texts.extend(
                        read_string(value, &at.key(&tag), MAX_TEXT_CHARS, faults).map(|text| (index, text)),
                    );
                }
            }
        }
        if texts.is_empty() && faults.count() == before {
            faults.push(at, ErrorCode::Empty, vec![]);
        }
        (faults.count() == before).then_some(Self(texts))
    }

    /// Null in every language that is given counts as absent too.
    fn is_absent(value: &Value) -> bool {
        let all_null = |texts: &Map<String, Value>| {
            let is_null =
                |(tag, text): (&String, &Value)| text.is_null() && LANGUAGE_TAGS.contains(&tag.as_str());
            !texts.is_empty() && texts.iter().all(is_null)
        };
        value.is_null() || value.as_object().is_some_and(all_null)
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        visitor.text(at, self);
    }
}

/// A plain string: normalised like a text, at most 500 characters.
impl BodyField for String {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        read_string(require(value, at, faults)?, at, 500, faults)
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        visitor.string(at, self);
    }
}

/// Declares a string type that must match a pattern.
macro_rules! pattern_strings {
    ($($(#[$doc:meta])* $name:ident, $pattern:literal, $example:literal, $valid:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, pattern = $pattern, example = $example)]
        pub struct $name(pub String);

        impl BodyField for $name {
            fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
                let Value::String(text) = require(value, at, faults)? else { return faults.wrong_type(at, "string") };
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    return Some(Self(text));
                }
                faults.push(at, ErrorCode::BadFormat, vec![("value", text), ("pattern", $pattern.into())]);
                None
            }
        }
    )*};
}

pattern_strings! {
    /// A language tag (BCP 47), such as `fr` or `ja-Latn`.
    LanguageTag, "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "fr", |text| {
        let mut parts = text.split('-');
        let primary = parts.next().is_some_and(|tag| (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic()));
        primary && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    /// A SHA-256 digest, as 64 lower-case hexadecimal digits.
    Sha256, "^[0-9a-f]{64}$", "1e7275e2b43b24f4a1d3c5b7988f6e2d4c3b2a190817263544536271809fab01",
        |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
}

/// An absolute `http` or `https` address, at most 2,000 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Url(String);

impl Url {
    /// Returns the address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BodyField for Url {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let url = read_string(require(value, at, faults)?, at, 2000, faults)?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let valid = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
        if !valid || url.contains(|c: char| c.is_whitespace() || "<>\"\\^`{|}".contains(c)) {
            faults.push(at, ErrorCode::BadUrl, vec![]);
            return None;
        }
        Some(Self(url))
    }
}

impl utoipa::PartialSchema for Url {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::Custom("uri".into())))
            .pattern(Some("^https?://[^\\s]+$"))
            .max_length(Some(2000))
            .description(Some("An absolute http or https address."))
            .examples(["https://www.city.shizuoka.lg.jp/"])
            .into()
    }
}

impl utoipa::ToSchema for Url {
    fn name() -> std::borrow::Cow<'static, str> {
        "Url".into()
    }
}
