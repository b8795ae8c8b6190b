//! What a record says in words, with its place: for the search, and for what it shows.

use crate::registry::shelf::Held;
use crate::vocabulary::{At, Text, Visitor};

/// The members that are names of the record itself.
const NAMES: [&str; 5] = ["/name", "/official_name", "/title", "/aliases/text", "/acronym"];

/// A text of a record in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
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
pub(super) fn passages(content: &mut dyn Held, label: &Text) -> Vec<Passage> {
    let mut found = Passages::default();
    content.walk(&mut found);
    let (mut all, others): (Vec<Passage>, Vec<Passage>) =
        found.0.into_iter().partition(|passage| passage.is_name);
    for (lang, text) in label.iter() {
        if !all.iter().any(|known| known.text == text) {
            let (pointer, text) = (format!("/label/{lang}"), text.to_owned());
            all.push(Passage { pointer, lang: Some(lang), text, is_name: true });
        }
    }
    all.extend(others);
    all
}

/// Collects the texts that a walk meets.
#[derive(Default)]
struct Passages(Vec<Passage>);

impl Passages {
    fn push(&mut self, at: &At<'_>, pointer: String, lang: Option<&'static str>, text: &str) {
        let is_name = NAMES.contains(&at.member().as_str());
        self.0.push(Passage { pointer, lang, text: text.to_owned(), is_name });
    }
}

impl Visitor for Passages {
    fn text(&mut self, at: &At<'_>, text: &mut Text) {
        for (lang, words) in text.iter() {
            self.push(at, format!("{}/{lang}", at.pointer()), Some(lang), words);
        }
    }

    fn line(&mut self, at: &At<'_>, line: &str) {
        self.push(at, at.pointer(), None, line);
    }
}
