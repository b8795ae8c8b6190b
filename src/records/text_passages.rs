//! What a record says in words, with its place: for the search, and for what it shows.

use crate::domain::body_field::{BodyPath, Visitor};
use crate::domain::text::Text;
use crate::kinds::definition::Content;

/// The members that are names of the record itself.
const NAME_POINTERS: [&str; 5] = ["/name", "/official_name", "/title", "/aliases/text", "/acronym"];

/// A text of a record in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPassage {
    /// Where it stands, as a JSON Pointer; `/label` for a name that is made of others' names.
    pub pointer: String,
    /// Its language; none for initials, numbers and other plain strings.
    pub lang: Option<&'static str>,
    /// The text.
    pub text: String,
    /// Whether it is a name of the record.
    pub is_name: bool,
}

/// Every text of a content, names first, then the parts of the label that are none of its names.
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

/// Collects the texts that a walk meets.
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
