//! The query, taken apart: words and phrases, each with the forms in which texts may have it.

use super::inflections;
use crate::domain::folding::{fold_for_search, fold_with_positions, is_cjk};
use crate::domain::romanisation;

/// How many terms of a query count, and how many words of a phrase.
const MAX_TERMS: usize = 16;

/// The pairs of quotation marks that make a phrase.
const QUOTES: [(char, char); 6] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」'), ('『', '』')];

/// French words that lose their vowel before an apostrophe, as they stand then.
const ELIDED_WORDS: [&str; 13] =
    ["l", "d", "j", "m", "n", "s", "t", "c", "qu", "lorsqu", "puisqu", "jusqu", "quoiqu"];

/// Something that a record must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryTerm {
    /// The word or phrase as it was typed.
    pub(super) typed: String,
    /// Whether it was quoted, and so is meant as it stands.
    pub(super) is_phrase: bool,
    /// The term, folded.
    pub(super) folded: String,
    /// Folded texts (`folding::fold_texts`) that contain one of these have it; the first is the term as it is.
    pub(super) patterns: Vec<String>,
}

/// How much of a term names have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    /// Nothing.
    None,
    /// A part of a word, or another form of it.
    Part,
    /// It itself, as whole words.
    Whole,
}

impl QueryTerm {
    /// A word.
    pub(super) fn word(typed: &str) -> Self {
        let folded = fold_for_search(typed);
        let mut patterns = vec![folded.clone()];
        patterns.extend(romanisation::to_hepburn(&folded));
        patterns.extend(inflections::inflections(&folded).into_iter().map(|form| format!(" {form} ")));
        Self { typed: typed.to_owned(), is_phrase: false, folded, patterns }
    }

    /// A phrase: whole words, but Chinese, Japanese and Korean is written without spaces between them.
    fn phrase(text: &str) -> Option<Self> {
        let folded = fold_for_search(text).split(' ').take(MAX_TERMS).collect::<Vec<_>>().join(" ");
        let (first, last) = (folded.chars().next()?, folded.chars().next_back()?);
        let edge = |c: char| if is_cjk(c) { "" } else { " " };
        let pattern = [edge(first), &folded, edge(last)].concat();
        Some(Self { typed: text.to_owned(), is_phrase: true, folded, patterns: vec![pattern] })
    }

    /// How much of it folded names have.
    pub(super) fn presence(&self, names: &str) -> Presence {
        if names.contains(&format!(" {} ", self.folded)) {
            return Presence::Whole;
        }
        let is_there = self.patterns.iter().any(|pattern| names.contains(pattern.as_str()));
        if is_there { Presence::Part } else { Presence::None }
    }
}

/// What is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The query as it was sent, without the space around it.
    pub(super) raw: String,
    /// All of it, folded.
    pub(super) folded: String,
    /// What a record must have, each once, at most 16.
    pub(super) terms: Vec<QueryTerm>,
}

impl Query {
    /// The query of a text; none if it has no letter or digit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut query =
            Self { raw: text.trim().to_owned(), folded: fold_for_search(text), terms: Vec::new() };
        let mut rest = text;
        while let Some((before, phrase, after)) = split_at_phrase(rest) {
            query.add_words(before);
            query.add(QueryTerm::phrase(phrase));
            rest = after;
        }
        query.add_words(rest);
        (!query.terms.is_empty()).then_some(query)
    }

    fn add_words(&mut self, text: &str) {
        let text: Vec<char> = without_elisions(text).chars().collect();
        for word in fold_with_positions(&text.iter().collect::<String>()).split(|folded| folded.char == ' ') {
            if let (Some(first), Some(last)) = (word.first(), word.last()) {
                let typed = text.get(first.from..last.to).unwrap_or_default().iter().collect::<String>();
                self.add(Some(QueryTerm::word(&typed)));
            }
        }
    }

    fn add(&mut self, term: Option<QueryTerm>) {
        let new = term.filter(|term| {
            self.terms.len() < MAX_TERMS && !self.terms.iter().any(|known| known.patterns == term.patterns)
        });
        self.terms.extend(new);
    }

    /// The same query with other terms.
    pub(super) fn with_terms(&self, terms: Vec<QueryTerm>) -> Self {
        let whole = terms.iter().map(|term| term.folded.as_str()).collect::<Vec<_>>().join(" ");
        Self { raw: self.raw.clone(), folded: whole, terms }
    }
}

/// What stands before the first phrase, the phrase, and what stands behind it. A mark without its partner is none.
fn split_at_phrase(text: &str) -> Option<(&str, &str, &str)> {
    for (at, c) in text.char_indices() {
        let Some((open, close)) = QUOTES.iter().find(|(open, _)| *open == c) else { continue };
        let (before, behind) = text.split_at(at);
        let inner = behind.strip_prefix(*open)?;
        if let Some((phrase, after)) = inner.split_once(*close) {
            return Some((before, phrase, after));
        }
    }
    None
}

/// The text without articles and other words that an apostrophe joins to the next: `l’innovation` is `innovation`.
pub(super) fn without_elisions(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '’', 'ʼ', '＇', '‘', '´']) {
        let (before, behind) = rest.split_at(at);
        let start = before.rfind(|c: char| !c.is_alphanumeric());
        let start = start.map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
        });
        let (before, word) = before.split_at(start);
        let mut after = behind.chars();
        after.next();
        let joins = after.clone().next().is_some_and(char::is_alphanumeric);
        kept.push_str(before);
        if !joins || !ELIDED_WORDS.contains(&fold_for_search(word).as_str()) {
            kept.push_str(word);
        }
        kept.push('\'');
        rest = after.as_str();
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str) -> Vec<String> {
        Query::parse(text)
            .map(|query| query.terms.into_iter().map(|term| term.folded).collect())
            .unwrap_or_default()
    }

    #[test]
    fn words_are_parted_and_elided() {
        assert_eq!(terms("l'innovation L’Été qu'on"), ["innovation", "ete", "on"]);
        assert_eq!(terms("Côtes-d'Armor, aujourd'hui"), ["cotes", "armor", "aujourd", "hui"]);
        assert_eq!(terms("l' 大村"), ["l", "大大村村"]);
        assert_eq!(terms("O'Brien l'"), ["o", "brien", "l"]);
    }

    #[test]
    fn phrases_stay_together() {
        let query = Query::parse("Cannes \"Coopération décentralisée\" 「静岡市」 «  » 5\"").unwrap();
        let patterns: Vec<_> = query.terms.iter().map(|term| term.patterns[0].as_str()).collect();
        assert_eq!(patterns, ["cannes", " coperation decentralisee ", "静静岡岡市市", "5"]);
        assert_eq!(Query::parse("\"Ōmura 市\"").unwrap().terms[0].patterns, [" omura 市市"]);
        assert!(Query::parse(" «» ' ー").is_none());
    }

    #[test]
    fn presence_tells_words_from_their_parts() {
        let presence = |word: &str, names: &str| {
            QueryTerm::word(word).presence(&crate::domain::folding::fold_texts_for_search([names]))
        };
        assert_eq!(presence("Paris", "Ville de Paris"), Presence::Whole);
        assert_eq!(presence("Par", "Ville de Paris"), Presence::Part);
        assert_eq!(presence("jumelages", "Le jumelage"), Presence::Part);
        assert_eq!(presence("Tours", "Tourisme"), Presence::None);
    }

    proptest! {
        #[test]
        fn a_query_is_bounded_and_never_a_pattern_of_its_own(text in any::<String>()) {
            if let Some(query) = Query::parse(&text) {
                prop_assert!(query.terms.len() <= MAX_TERMS && !query.folded.is_empty());
                prop_assert!(query.terms.iter().all(|term| !term.folded.is_empty()));
                for pattern in query.terms.iter().flat_map(|term| &term.patterns) {
                    prop_assert!(pattern.chars().all(|c| c == ' ' || c.is_alphanumeric()), "{}", pattern);
                }
            } else {
                prop_assert!(fold_for_search(&text).is_empty());
            }
        }
    }
}
