//! A citation: the source of a statement, the member it is about, a literal quote and a rank.

use super::body_field::{
    BodyField, BodyPath, Visitor, reject_unknown_members, require, require_object, take_member,
};
use super::errors::codes::ErrorCode;
use super::errors::fault_list::FaultList;
use super::reference::SourceRef;
use super::text::Text;
use super::vocabularies::authority::LanguageCode as Tag;
use super::vocabularies::citation::{Certainty, Rank, Reason};
use serde::Serialize;
use serde_json::Value;

/// Longest quote, in characters.
pub const MAX_QUOTE_CHARS: usize = 2000;

/// What one source says of one member of a record, literally.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Citation {
    /// The document that says so.
    pub source: SourceRef,
    /// The member of the record's schema that is meant, as a JSON Pointer without list indices; `""` is the whole record.
    #[schema(example = "/since", pattern = "^(/[A-Za-z0-9_-]+)*$")]
    pub pointer: String,
    /// The source's own words, literally (no normalisation).
    #[schema(example = "Paris-Kyoto en 1958", min_length = 1, max_length = 2000)]
    pub quote: Quote,
    /// The language of the quote.
    pub lang: Option<Tag>,
    /// What this source gives for the member, in input form, where it differs from the record; for a list, the item meant.
    /// When the member changes, a citation without it gets the value that it was given for.
    #[schema(example = "1958")]
    pub value: Option<Quote>,
    /// How the registry weighs this statement against others (after Wikidata's ranks); `normal` when left out.
    pub rank: Rank,
    /// Whether the source states it, we infer it, or it comes from elsewhere; `stated` when left out.
    pub certainty: Certainty,
    /// Why the rank is what it is.
    pub reason: Option<Reason>,
    /// An explanation.
    pub note: Option<Text>,
    /// The organisation whose key wrote the citation.
    #[schema(read_only, example = "kakehashi")]
    pub origin: Option<String>,
}

impl Citation {
    /// The names of the members that a body may hold.
    pub const MEMBERS: &'static [&'static str] =
        &["source", "pointer", "quote", "lang", "value", "rank", "certainty", "reason", "note"];
}

impl BodyField for Citation {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let mut members = require_object(value, at, faults)?;
        let origin =
            take_member(&mut members, "origin").and_then(|origin| origin.as_str().map(str::to_owned));
        let source = SourceRef::read(take_member(&mut members, "source"), &at.key("source"), faults);
        let pointer = match require(members.get_mut("pointer").map(Value::take), &at.key("pointer"), faults) {
            Some(Value::String(pointer)) => Some(pointer),
            Some(_) => faults.wrong_type(&at.key("pointer"), "string"),
            None => None,
        };
        let quote = Quote::read(take_member(&mut members, "quote"), &at.key("quote"), faults);
        let lang = Option::read(take_member(&mut members, "lang"), &at.key("lang"), faults);
        let value = Option::read(take_member(&mut members, "value"), &at.key("value"), faults);
        let rank = Option::<Rank>::read(take_member(&mut members, "rank"), &at.key("rank"), faults);
        let certainty =
            Option::<Certainty>::read(take_member(&mut members, "certainty"), &at.key("certainty"), faults);
        let reason = Option::read(take_member(&mut members, "reason"), &at.key("reason"), faults);
        let note = Option::read(take_member(&mut members, "note"), &at.key("note"), faults);
        reject_unknown_members(&members, at, Self::MEMBERS, &["origin"], faults);
        Some(Self {
            source: source?,
            pointer: pointer?,
            quote: quote?,
            lang: lang?,
            value: value?,
            rank: rank?.unwrap_or(Rank::Normal),
            certainty: certainty?.unwrap_or(Certainty::Stated),
            reason: reason?,
            note: note?,
            origin,
        })
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        self.source.walk(&at.key("source"), visitor);
    }
}

/// Literal words: kept byte for byte, never empty, without NUL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "Paris-Kyoto en 1958")]
pub struct Quote(pub String);

impl BodyField for Quote {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let Value::String(text) = require(value, at, faults)? else {
            return faults.wrong_type(at, "string");
        };
        if text.trim().is_empty() {
            faults.push(at, ErrorCode::Empty, vec![]);
        } else if text.contains('\0') {
            faults.push(at, ErrorCode::ControlCharacter, vec![]);
        } else if text.chars().count() > MAX_QUOTE_CHARS {
            faults.push(at, ErrorCode::TooLong, vec![("limit", MAX_QUOTE_CHARS.to_string())]);
        } else {
            return Some(Self(text));
        }
        None
    }
}
