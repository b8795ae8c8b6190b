//! Values of presented records: by pointer, in a language, in words.

use crate::registry::filter::Test;
use crate::vocabulary::Kind;
use crate::vocabulary::codes::Term;
use crate::vocabulary::language::Language;
use crate::vocabulary::text::TAGS;
use serde_json::{Map, Value};

/// A text, and the language that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Its BCP 47 tag.
    pub tag: &'static str,
}

/// The values at a pointer without list indices (`/parties/authority`), in order.
#[must_use]
pub fn at<'a>(record: &'a Map<String, Value>, pointer: &str) -> Vec<&'a Value> {
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

/// A member that is a string.
#[must_use]
pub fn text<'a>(record: &'a Map<String, Value>, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a value is a language map.
#[must_use]
pub fn is_text(value: &Value) -> bool {
    let tagged = |(tag, text): (&String, &Value)| TAGS.contains(&tag.as_str()) && text.is_string();
    value.as_object().is_some_and(|map| !map.is_empty() && map.iter().all(tagged))
}

/// What a language map says to a reader of a language, and in which language it says so.
#[must_use]
pub fn said(map: &Value, language: Language) -> Option<Said> {
    let order = [language.tag(), "fr", "ja", "en", "ja-Hira", "ja-Latn"];
    order.into_iter().find_map(|tag| Some(Said { text: map.get(tag)?.as_str()?.to_owned(), tag }))
}

/// What a value says: a text, or a Ref by the name of what it refers to.
#[must_use]
pub fn named(value: &Value, language: Language) -> Option<Said> {
    if value.get("href").is_some() { said(value.get("name")?, language) } else { said(value, language) }
}

/// The label of a record. It is filled from other languages; the texts that it is made of tell from which.
#[must_use]
pub fn label(record: &Map<String, Value>, language: Language) -> Said {
    let text = record.get("label").and_then(|label| label.get(language.tag()));
    let text = text.and_then(Value::as_str).unwrap_or_default().to_owned();
    let whole = ["name", "title"].into_iter().filter_map(|name| record.get(name));
    let said = whole.filter_map(|map| said(map, language)).find(|said| said.text == text);
    said.unwrap_or(Said { text, tag: language.tag() })
}

/// The first of these texts that a record has.
#[must_use]
pub fn first_text(record: &Map<String, Value>, members: &[&str], language: Language) -> Option<Said> {
    members.iter().find_map(|member| {
        let value = record.get(*member)?;
        said(value, language).or_else(|| said(value.get(0)?, language))
    })
}

/// The terms of the vocabulary that a member holds codes of, as the kind's filters know it.
fn terms(kind: Kind, member: &str) -> Option<&'static [Term]> {
    kind.shelf().filters().iter().find_map(|filter| match filter.test {
        Test::Code(terms, column) if column == member => Some(terms),
        Test::Tag(terms, pointers) if pointers.iter().any(|pointer| pointer.get(1..) == Some(member)) => {
            Some(terms)
        }
        _ => None,
    })
}

/// What the codes of a member mean.
#[must_use]
pub fn meanings(
    kind: Kind,
    record: &Map<String, Value>,
    member: &str,
    language: Language,
) -> Vec<&'static str> {
    let terms = terms(kind, member).unwrap_or_default();
    let meaning = |code: &Value| {
        let term = terms.iter().find(|term| Some(term.code) == code.as_str())?;
        Some(language.of(term.label))
    };
    at(record, member).into_iter().filter_map(meaning).collect()
}

/// The title of a kind in the plural.
#[must_use]
pub fn title(kind: Kind, language: Language) -> String {
    let title = language.of(kind.shelf().outline().title);
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
        assert_eq!(at(record, "/stops/at/id"), [&json!("a"), &json!("b")]);
        assert_eq!(at(record, "/themes").len(), 2);
        assert!(at(record, "/none/at").is_empty());
    }

    #[test]
    fn a_text_says_in_which_language_it_is() {
        let map = json!({"ja": "静岡市"});
        assert_eq!(said(&map, Language::Fr).unwrap().tag, "ja");
        let record = json!({"title": map, "label": {"fr": "静岡市", "ja": "静岡市", "en": "静岡市"}});
        assert_eq!(label(record.as_object().unwrap(), Language::En).tag, "ja");
    }
}
