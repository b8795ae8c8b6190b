//! The texts of a record by pointer and language, for full-text search and snippets.

use crate::domain::body_field::{BodyPath, Visitor};
use crate::domain::text::Text;
use crate::kinds::definition::Content;

/// The members that name the record itself.
const NAME_POINTERS: [&str; 5] = ["/name", "/official_name", "/title", "/aliases/text", "/acronym"];

/// A text of a record in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPassage {
    /// Its JSON Pointer; `/label` for a label made of other records' names.
    pub pointer: String,
    /// Its language; none for plain strings such as initials and numbers.
    pub lang: Option<&'static str>,
    /// The text.
    pub text: String,
    /// Whether it names the record.
    pub is_name: bool,
}

/// Collects the texts of a content: names first, then the rest, then labels that are not among the names.
pub(super) fn collect_passages(content: &mut dyn Content, label: &Text) -> Vec<TextPassage> {
    let mut found = PassageCollector::default();
    content.walk(&mut found);
    let (mut all, others): (Vec<TextPassage>, Vec<TextPassage>) =
        found.0.into_iter().partition(|passage| passage.is_name);
    for (lang, text) in label.iter() {
        if !all.iter().any(|known| known.text == text) {
            let (pointer, text) = (format!("/label/{lang}"), text.to_owned());
            all.push(TextPassage { pointer, lang: Some(lang), text, is_name: true });
        }
    }
    all.extend(others);
    all
}

/// Collects the texts that it visits.
#[derive(Default)]
struct PassageCollector(Vec<TextPassage>);

impl PassageCollector {
    fn push(&mut self, at: &BodyPath<'_>, pointer: String, lang: Option<&'static str>, text: &str) {
        let is_name = NAME_POINTERS.contains(&at.schema_pointer().as_str());
        self.0.push(TextPassage { pointer, lang, text: text.to_owned(), is_name });
    }
}

impl Visitor for PassageCollector {
    fn text(&mut self, at: &BodyPath<'_>, text: &mut Text) {
        for (lang, words) in text.iter() {
            self.push(at, format!("{}/{lang}", at.pointer()), Some(lang), words);
        }
    }

    fn string(&mut self, at: &BodyPath<'_>, line: &str) {
        self.push(at, at.pointer(), None, line);
    }
}
