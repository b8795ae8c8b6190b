//! Severity of the contradiction between what a source states and what the record holds.

use super::partial_date::PartialDate;
use super::text::LANGUAGE_TAGS;
use super::vocabularies::citation::{Rank, Reason};
use super::vocabularies::vocabulary::Vocabulary as _;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Severity of a disagreement; a greater number, which responses show, is more severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No disagreement.
    None = 0,
    /// Different precision: one date contains the other.
    Compatible = 1,
    /// Different wording, or a set-aside statement about the whole record.
    Wording = 2,
    /// A date that excludes the record's.
    Date = 3,
    /// A different code or number.
    Value = 4,
}

impl Severity {
    /// Every severity but `None`, the most severe first.
    pub const DISAGREEMENTS: [Self; 4] = [Self::Value, Self::Date, Self::Wording, Self::Compatible];

    /// Returns its name in responses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Compatible => "compatible",
            Self::Wording => "wording",
            Self::Date => "date",
            Self::Value => "value",
        }
    }

    /// Returns the severity with this number; `None` for any other.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        Self::DISAGREEMENTS.into_iter().find(|one| *one as i64 == number).unwrap_or(Self::None)
    }
}

/// Returns the member at a citation's pointer; `None` where it is unset, a list or inside one: `value` then
/// stands for one item.
#[must_use]
pub fn cited_member<'a>(content: &'a Value, pointer: &str) -> Option<&'a Value> {
    content.pointer(pointer).filter(|member| !member.is_array() && !pointer.is_empty())
}

/// Returns the values at a pointer without list indices, each item of a list separately.
#[must_use]
pub fn values_at<'a>(content: &'a Map<String, Value>, pointer: &str) -> Vec<&'a Value> {
    fn descend<'a>(value: &'a Value, rest: &[&str], found: &mut Vec<&'a Value>) {
        match (value, rest) {
            (Value::Array(items), _) => items.iter().for_each(|item| descend(item, rest, found)),
            (_, []) => found.push(value),
            (_, [name, below @ ..]) => {
                value.get(name).into_iter().for_each(|member| descend(member, below, found));
            }
        }
    }
    let mut found = Vec::new();
    let path: Vec<&str> = pointer.split('/').skip(1).collect();
    if let [name, below @ ..] = path.as_slice() {
        content.get(*name).into_iter().for_each(|member| descend(member, below, &mut found));
    }
    found
}

/// Whether a value is a text in several languages.
#[must_use]
pub fn is_language_map(value: &Value) -> bool {
    let is_entry = |(tag, text): (&String, &Value)| LANGUAGE_TAGS.contains(&tag.as_str()) && text.is_string();
    value.as_object().is_some_and(|entries| !entries.is_empty() && entries.iter().all(is_entry))
}

/// Whether a stored value equals a value written as plain text.
#[must_use]
pub fn equals_text(stored: &Value, text: &str) -> bool {
    match stored {
        Value::String(stored) => stored == text,
        Value::Number(stored) => text.parse::<f64>().ok() == stored.as_f64(),
        Value::Bool(stored) => stored.to_string() == text,
        Value::Object(members) if is_language_map(stored) => members.values().any(|member| member == text),
        Value::Object(members) => match (members.get("edtf"), members.get("id")) {
            (Some(edtf), _) => {
                let stored = edtf.as_str().and_then(PartialDate::parse);
                stored.is_some() && stored == PartialDate::parse(text)
            }
            (None, Some(id)) => id.as_str().is_some_and(|id| id.eq_ignore_ascii_case(text)),
            (None, None) => false,
        },
        Value::Array(_) | Value::Null => false,
    }
}

/// Returns the severity between a cited value and the items of a list, of which it means one; `None` where
/// they cannot be compared.
fn severity_among_items(items: &[&Value], text: &str) -> Severity {
    if items.iter().any(|item| equals_text(item, text)) {
        return Severity::None;
    }
    let dates =
        items.iter().map(|item| item.get("edtf").and_then(Value::as_str).and_then(PartialDate::parse));
    if let (Some(dates), Some(date)) = (dates.collect::<Option<Vec<_>>>(), PartialDate::parse(text)) {
        return if dates.iter().any(|stored| are_compatible(&date, stored)) {
            Severity::None
        } else {
            Severity::Date
        };
    }
    let are_codes =
        looks_like_code(text) && items.iter().all(|item| item.as_str().is_some_and(looks_like_code));
    let are_numbers = text.parse::<f64>().is_ok() && items.iter().all(|item| item.is_number());
    if are_codes || are_numbers { Severity::Value } else { Severity::None }
}

/// Returns the severity between a stored citation and the content it is about.
#[must_use]
pub fn severity(content: &Value, citation: &Value) -> Severity {
    let text = |name: &str| citation.get(name).and_then(Value::as_str);
    let reason = text("reason");
    let is = |codes: &[Reason]| codes.iter().any(|code| Some(code.code()) == reason);
    let is_deprecated = text("rank") == Some(Rank::Deprecated.code());
    let is_set_aside = is_deprecated || is(&[Reason::SourceTypo, Reason::Superseded, Reason::Contradicted]);
    let least = match () {
        () if is_set_aside => Severity::Wording,
        () if is(&[Reason::LessPrecise]) => Severity::Compatible,
        () => Severity::None,
    };
    let Some(value) = text("value") else { return least };
    let date = PartialDate::parse(value);
    let pointer = text("pointer").unwrap_or_default();
    let Some(stored) = cited_member(content, pointer) else {
        let items = content.as_object().map(|content| values_at(content, pointer)).unwrap_or_default();
        return match date {
            Some(_) if is_deprecated => Severity::Date,
            None if is_deprecated => Severity::Value,
            _ if pointer.is_empty() || reason.is_some() => least,
            _ if !items.is_empty() => severity_among_items(&items, value).max(least),
            // The source states what the record lacks.
            Some(_) => Severity::Date,
            None if looks_like_code(value) => Severity::Value,
            None => Severity::Wording,
        };
    };
    let edtf = stored.get("edtf").and_then(Value::as_str).and_then(PartialDate::parse);
    let found = match (edtf, stored) {
        (Some(stored), _) => match date {
            Some(date) if date == stored => Severity::None,
            Some(date) if !is_set_aside && are_compatible(&date, &stored) => Severity::Compatible,
            _ => Severity::Date,
        },
        (None, Value::String(stored)) if stored == value => Severity::None,
        (None, Value::String(stored)) if looks_like_code(stored) && looks_like_code(value) => Severity::Value,
        (None, Value::Number(stored)) if value.parse::<f64>().ok() == stored.as_f64() => Severity::None,
        (None, Value::Bool(stored)) if stored.to_string() == value => Severity::None,
        (None, Value::Number(_) | Value::Bool(_)) => Severity::Value,
        (None, Value::String(_)) => Severity::Wording,
        (None, text) if is_language_map(text) && !equals_text(text, value) => Severity::Wording,
        (None, Value::Object(record))
            if record.contains_key("id") && looks_like_uuid(value) && !equals_text(stored, value) =>
        {
            Severity::Value
        }
        // A reference is a UUID here and an identifier there, so only a deprecated citation is known to
        // differ.
        _ if is_deprecated => Severity::Value,
        _ => Severity::None,
    };
    found.max(least)
}

fn looks_like_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn looks_like_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether one date contains the other. A date without a year is compatible with one in which its day occurs.
fn are_compatible(one: &PartialDate, other: &PartialDate) -> bool {
    const FIRST: &str = "";
    const LAST: &str = "~";
    let bounds = |date: &PartialDate| {
        (date.earliest().unwrap_or_else(|| FIRST.into()), date.latest().unwrap_or_else(|| LAST.into()))
    };
    if let (Some(days), (Some(from), Some(to))) =
        (parse_yearless_days(one.edtf().as_str()), (other.edtf().earliest(), other.edtf().latest()))
    {
        let occurs = |(month, day): (i8, i8)| {
            (from.year()..=to.year())
                .filter_map(|year| Date::new(year, month, day).ok())
                .any(|day| day >= from && day <= to)
        };
        return days.into_iter().all(occurs);
    }
    let ((a, b), (c, d)) = (bounds(one), bounds(other));
    (a <= c && d <= b) || (c <= a && b <= d)
}

/// Returns the month and day of each end of a date without a year (`XXXX-05-19`).
fn parse_yearless_days(edtf: &str) -> Option<Vec<(i8, i8)>> {
    let end = |end: &str| {
        let (month, day) = end.strip_prefix("XXXX-")?.split_once('-')?;
        Some((month.parse().ok()?, day.parse().ok()?))
    };
    edtf.split('/').map(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_distance_is_that_of_the_values_and_of_what_is_set_aside() {
        let content = json!({
            "since": {"edtf": "1958"}, "dates": {"edtf": "2024-11-18/2024-11-21"}, "level": "prefecture",
            "name": {"fr": "CLAIR Paris"}, "number": 8, "mandates": [{"role": "governor"}],
            "host": {"id": "0192d0a4-7c00-7000-8000-000000000001", "kind": "authority"}
        });
        for (pointer, value, rank, reason, expected) in [
            ("/since", "1958", "normal", "", Severity::None),
            ("/since", "195X", "normal", "less_precise", Severity::Compatible),
            ("/since", "1959", "normal", "", Severity::Date),
            ("/dates", "XXXX-11-18/XXXX-11-21", "normal", "less_precise", Severity::Compatible),
            ("/dates", "XXXX-06-19", "deprecated", "source_typo", Severity::Date),
            ("/dates", "2024-11-19/2024-11-21", "normal", "contradicted", Severity::Date),
            ("/dates", "2024-11-20/2024-11-23", "normal", "", Severity::Date),
            ("/level", "city", "deprecated", "contradicted", Severity::Value),
            ("/name/fr", "CLAIR PARIS", "normal", "", Severity::Wording),
            ("/number", "8", "normal", "", Severity::None),
            ("/number", "9", "normal", "", Severity::Value),
            ("/mandates/role", "governor", "normal", "", Severity::None),
            ("/mandates/role", "mayor", "normal", "", Severity::Value),
            ("/mandates/role", "Madame le maire", "normal", "", Severity::None),
            ("/until", "1990", "normal", "", Severity::Date),
            ("/until", "1990", "normal", "less_precise", Severity::Compatible),
            ("/status", "active", "normal", "", Severity::Value),
            ("/name", "CLAIR Paris", "normal", "", Severity::None),
            ("/name", "CLAIR", "normal", "", Severity::Wording),
            ("/host", "0192d0a4-7c00-7000-8000-000000000001", "normal", "", Severity::None),
            ("/host", "0192d0a4-7c00-7000-8000-000000000002", "normal", "", Severity::Value),
            ("/host", "slug:x", "normal", "", Severity::None),
            ("/mandates/role", "mayor", "deprecated", "contradicted", Severity::Value),
            ("", "", "normal", "contradicted", Severity::Wording),
        ] {
            let mut citation = json!({"pointer": pointer, "rank": rank});
            for (name, value) in [("value", value), ("reason", reason)] {
                if !value.is_empty() {
                    citation[name] = value.into();
                }
            }
            assert_eq!(severity(&content, &citation), expected, "{citation}");
        }
    }

    #[test]
    fn values_are_found_through_lists() {
        let record = json!({
            "mandates": [{"role": "mayor"}, {"role": "governor"}], "since": {"edtf": "1958"}, "themes": ["culture"]
        });
        let found = |pointer: &str| values_at(record.as_object().unwrap(), pointer);
        assert_eq!(found("/mandates/role"), [&json!("mayor"), &json!("governor")]);
        assert_eq!(
            (found("/since"), found("/themes")),
            (vec![&json!({"edtf": "1958"})], vec![&json!("culture")])
        );
        assert_eq!((found("/until"), found("")), (Vec::<&Value>::new(), Vec::<&Value>::new()));
    }
}
