//! Reads values out of presented records: by pointer, localized, as labels of codes.

use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::text::LANGUAGE_TAGS;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::kinds::all;
use crate::kinds::filters::FilterType;
use serde_json::{Map, Value};

/// A text and its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalizedText {
    /// The text.
    pub text: String,
    /// The BCP 47 tag of its language.
    pub tag: &'static str,
}

/// Returns the values at a pointer without list indices (`/parties/authority`), in order.
#[must_use]
pub fn values_at<'a>(record: &'a Map<String, Value>, pointer: &str) -> Vec<&'a Value> {
    let mut names = pointer.trim_start_matches('/').split('/');
    let first = names.next().and_then(|name| record.get(name));
    let flat = |value: &'a Value| match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    };
    names.fold(first.map(flat).unwrap_or_default(), |values, name| {
        values.into_iter().filter_map(|value| value.get(name)).flat_map(flat).collect()
    })
}

/// Returns a member that is a string.
#[must_use]
pub fn string_member<'a>(record: &'a Map<String, Value>, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns whether a value is a text by language.
#[must_use]
pub fn is_language_map(value: &Value) -> bool {
    let tagged = |(tag, text): (&String, &Value)| LANGUAGE_TAGS.contains(&tag.as_str()) && text.is_string();
    value.as_object().is_some_and(|map| !map.is_empty() && map.iter().all(tagged))
}

/// Returns a text in the preferred language, or in the first other one it has.
#[must_use]
pub fn localize(map: &Value, language: Language) -> Option<LocalizedText> {
    let order = [language.tag(), "fr", "ja", "en", "ja-Hira", "ja-Latn"];
    order.into_iter().find_map(|tag| Some(LocalizedText { text: map.get(tag)?.as_str()?.to_owned(), tag }))
}

/// Returns the text of a value: a text by language, or the name of a reference.
#[must_use]
pub fn localize_reference(value: &Value, language: Language) -> Option<LocalizedText> {
    if value.get("href").is_some() {
        localize(value.get("name")?, language)
    } else {
        localize(value, language)
    }
}

/// Returns the label of a record, in the language that its parts have.
#[must_use]
pub fn localize_label(record: &Map<String, Value>, language: Language) -> LocalizedText {
    let text = record.get("label").and_then(|label| label.get(language.tag()));
    let text = text.and_then(Value::as_str).unwrap_or_default().to_owned();
    let whole = ["name", "title"].into_iter().filter_map(|name| record.get(name));
    let localized = whole.filter_map(|map| localize(map, language)).find(|localized| localized.text == text);
    localized.unwrap_or(LocalizedText { text, tag: language.tag() })
}

/// Returns the first of these texts that a record has.
#[must_use]
pub fn localize_first(
    record: &Map<String, Value>,
    members: &[&str],
    language: Language,
) -> Option<LocalizedText> {
    members.iter().find_map(|member| {
        let value = record.get(*member)?;
        localize(value, language).or_else(|| localize(value.get(0)?, language))
    })
}

/// Returns the vocabulary of the codes of a member, as the filters of the kind declare it.
fn vocabulary_terms(kind: Kind, member: &str) -> Option<&'static [VocabularyTerm]> {
    all::definition(kind).filters().iter().find_map(|filter| match filter.filter_type {
        FilterType::Code(terms, column) if column == member => Some(terms),
        FilterType::Tag(terms, pointers)
            if pointers.iter().any(|pointer| pointer.get(1..) == Some(member)) =>
        {
            Some(terms)
        }
        _ => None,
    })
}

/// Returns the labels of the codes of a member.
#[must_use]
pub fn code_labels(
    kind: Kind,
    record: &Map<String, Value>,
    member: &str,
    language: Language,
) -> Vec<&'static str> {
    let terms = vocabulary_terms(kind, member).unwrap_or_default();
    let meaning = |code: &Value| {
        let term = terms.iter().find(|term| Some(term.code) == code.as_str())?;
        Some(language.pick(term.label))
    };
    values_at(record, member).into_iter().filter_map(meaning).collect()
}

/// Returns the plural title of a kind.
#[must_use]
pub fn kind_title(kind: Kind, language: Language) -> String {
    let title = language.pick(all::definition(kind).format_hints().title);
    if title.is_empty() { kind.path().replace('-', " ") } else { title.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_go_through_lists() {
        let record = json!({"stops": [{"at": {"id": "a"}}, {}, {"at": {"id": "b"}}], "themes": ["x", "y"]});
        let record = record.as_object().unwrap();
        assert_eq!(values_at(record, "/stops/at/id"), [&json!("a"), &json!("b")]);
        assert_eq!(values_at(record, "/themes").len(), 2);
        assert!(values_at(record, "/none/at").is_empty());
    }

    #[test]
    fn a_text_says_in_which_language_it_is() {
        let map = json!({"ja": "静岡市"});
        assert_eq!(localize(&map, Language::Fr).unwrap().tag, "ja");
        let record = json!({"title": map, "label": {"fr": "静岡市", "ja": "静岡市", "en": "静岡市"}});
        assert_eq!(localize_label(record.as_object().unwrap(), Language::En).tag, "ja");
    }
}
