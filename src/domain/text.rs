//! Language maps (BCP 47 tag to text), their normalisation and label fallback.

use super::language::Language;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// The accepted BCP 47 tags, in the order of the JSON form.
pub const LANGUAGE_TAGS: [&str; 5] = ["fr", "ja", "en", "ja-Hira", "ja-Latn"];

/// Longest text in one language, in characters.
pub const MAX_TEXT_CHARS: usize = 20_000;

/// A language map: BCP 47 tag to text, by the tag's index in [`LANGUAGE_TAGS`]. Never empty once read from a
/// body; its texts are in NFC, trimmed, with LF as the only control character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text(pub(super) BTreeMap<usize, String>);

impl Text {
    /// Returns the text of these tags, in any order; unknown tags are dropped.
    #[must_use]
    pub fn from_pairs(entries: &[(&str, &str)]) -> Self {
        let known = |(tag, text): &(&str, &str)| {
            Some((LANGUAGE_TAGS.iter().position(|known| known == tag)?, (*text).into()))
        };
        Self(entries.iter().filter_map(known).collect())
    }

    /// Returns the text of exactly this tag.
    #[must_use]
    pub fn get(&self, tag: &str) -> Option<&str> {
        let index = LANGUAGE_TAGS.iter().position(|known| *known == tag)?;
        self.0.get(&index).map(String::as_str)
    }

    /// Returns tag and text, in the order of [`LANGUAGE_TAGS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().filter_map(|(index, text)| Some((*LANGUAGE_TAGS.get(*index)?, text.as_str())))
    }

    /// Returns the text to show in a language: its own or else the French, Japanese, English or any other
    /// one.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        let order = [language.tag(), "fr", "ja", "en"];
        order
            .into_iter()
            .find_map(|tag| self.get(tag))
            .or_else(|| self.0.values().next().map(String::as_str))
            .unwrap_or_default()
    }

    /// Returns the label, which always has all three languages of the API, filled by fallback.
    #[must_use]
    pub fn to_label(&self) -> Value {
        let mut label = Map::new();
        for language in Language::ALL {
            label.insert(language.tag().into(), self.in_language(language).into());
        }
        label.into()
    }

    /// Returns the language map as JSON, as stored.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the language map of a response; anything else in it is dropped.
    #[must_use]
    pub fn from_language_map(map: &Value) -> Self {
        let texts = map.as_object().into_iter().flatten();
        Self::from_pairs(
            &texts.filter_map(|(tag, text)| Some((tag.as_str(), text.as_str()?))).collect::<Vec<_>>(),
        )
    }

    /// Reads the stored form of a language map.
    ///
    /// # Errors
    /// Where it is not an object of strings.
    pub fn from_json(json: &str) -> serde_json::Result<Self> {
        let entries: BTreeMap<String, String> = serde_json::from_str(json)?;
        Ok(Self::from_pairs(
            &entries.iter().map(|(tag, text)| (tag.as_str(), text.as_str())).collect::<Vec<_>>(),
        ))
    }
}

/// Writes the label ([`Text::to_label`]) of the stored form of a text, without parsing it.
pub fn write_label(out: &mut String, stored: &str) {
    let first = || LANGUAGE_TAGS.iter().find_map(|tag| find_stored_text(stored, tag));
    let mut before = '{';
    for language in Language::ALL {
        let shown = find_stored_text(stored, language.tag()).or_else(first).unwrap_or("\"\"");
        out.push(before);
        out.extend(["\"", language.tag(), "\":", shown]);
        before = ',';
    }
    out.push('}');
}

/// Returns the text of a tag in the stored form of a text, as a JSON string. Quotes inside texts are escaped,
/// so only a name is followed by `":`.
fn find_stored_text<'a>(stored: &'a str, tag: &str) -> Option<&'a str> {
    let mut rest = stored.strip_prefix('{')?;
    while let Some((name, value)) = rest.split_once(':') {
        let length = json_string_len(value)?;
        if name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) == Some(tag) {
            return value.get(..length);
        }
        rest = value.get(length + 1..)?;
    }
    None
}

/// Returns the length in bytes of the JSON string at the beginning of `text`.
fn json_string_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map(|end| end + 2)
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Normalises a text: NFC, trimmed, CRLF as LF. `None` where another control character remains.
///
/// NFC would replace compatibility ideographs, so they become standardised variation sequences: `\u{FA10}`
/// becomes U+585A followed by U+FE00.
#[must_use]
pub fn normalise(raw: &str) -> Option<String> {
    let text = raw.replace("\r\n", "\n").cjk_compat_variants().nfc().collect::<String>().trim().to_owned();
    (!text.chars().any(|c| c.is_control() && c != '\n')).then_some(text)
}

impl utoipa::PartialSchema for Text {
    fn schema() -> RefOr<Schema> {
        let mut schema = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A text by language (BCP 47 tags); at least one. Stored in NFC, trimmed; LF is the only control character."))
            .min_properties(Some(1));
        for (tag, about, example) in [
            ("fr", "French", "Jumelage"),
            ("ja", "Japanese", "姉妹都市提携"),
            ("en", "English", "Twinning"),
            ("ja-Hira", "Japanese in hiragana", "しまいとしていけい"),
            ("ja-Latn", "Japanese in Latin letters (Hepburn)", "Shimai toshi teikei"),
        ] {
            let text =
                ObjectBuilder::new().schema_type(Type::String).description(Some(about)).min_length(Some(1));
            schema = schema.property(tag, text.max_length(Some(MAX_TEXT_CHARS)).examples([example]));
        }
        schema.examples([serde_json::json!({"fr": "Jumelage", "ja": "姉妹都市提携"})]).into()
    }
}

impl utoipa::ToSchema for Text {
    fn name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }
}
