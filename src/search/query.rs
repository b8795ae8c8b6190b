//! Parser of search queries: words and quoted phrases, each with the folded patterns that match it.

use super::inflections;
use crate::domain::folding::{fold_for_search, fold_with_positions, is_cjk};
use crate::domain::romanisation;

/// Maximum number of terms of a query, and of words of a phrase; the rest is ignored.
const MAX_TERMS: usize = 16;

/// Pairs of quotation marks that delimit a phrase.
const QUOTES: [(char, char); 6] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」'), ('『', '』')];

/// French words in their elided form, as they stand before an apostrophe.
const ELIDED_WORDS: [&str; 13] =
    ["l", "d", "j", "m", "n", "s", "t", "c", "qu", "lorsqu", "puisqu", "jusqu", "quoiqu"];

/// A word or phrase that the texts of a hit must contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QueryTerm {
    /// As typed.
    pub(super) typed: String,
    /// Whether it was quoted; a phrase is neither inflected nor corrected.
    pub(super) is_phrase: bool,
    /// Folded form.
    pub(super) folded: String,
    /// Substrings of folded texts, any of which is a match; the first is the term itself.
    pub(super) patterns: Vec<String>,
}

/// How well the names of a record match a term, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    /// Not at all.
    None,
    /// As part of a word, or as an inflection.
    Part,
    /// As whole words.
    Whole,
}

impl QueryTerm {
    /// Returns the term for one word, with its romanisations and inflections.
    pub(super) fn word(typed: &str) -> Self {
        let folded = fold_for_search(typed);
        let mut patterns = vec![folded.clone()];
        patterns.extend(romanisation::to_hepburn(&folded));
        patterns.extend(inflections::inflections(&folded).into_iter().map(|form| format!(" {form} ")));
        Self { typed: typed.to_owned(), is_phrase: false, folded, patterns }
    }

    /// Returns the term for a quoted phrase, or none if it has no letter or digit. It matches whole words; at
    /// an edge with a Chinese, Japanese or Korean character no word boundary is required.
    fn phrase(text: &str) -> Option<Self> {
        let folded = fold_for_search(text).split(' ').take(MAX_TERMS).collect::<Vec<_>>().join(" ");
        let (first, last) = (folded.chars().next()?, folded.chars().next_back()?);
        let edge = |c: char| if is_cjk(c) { "" } else { " " };
        let pattern = [edge(first), &folded, edge(last)].concat();
        Some(Self { typed: text.to_owned(), is_phrase: true, folded, patterns: vec![pattern] })
    }

    /// Returns how well folded names match the term.
    pub(super) fn presence(&self, names: &str) -> Presence {
        if names.contains(&format!(" {} ", self.folded)) {
            return Presence::Whole;
        }
        let is_there = self.patterns.iter().any(|pattern| names.contains(pattern.as_str()));
        if is_there { Presence::Part } else { Presence::None }
    }
}

/// A parsed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The query as sent, trimmed.
    pub(super) raw: String,
    /// The whole query, folded.
    pub(super) folded: String,
    /// Distinct terms, at most 16.
    pub(super) terms: Vec<QueryTerm>,
}

impl Query {
    /// Parses a text; returns none if it has no letter or digit.
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

    /// Returns the query with its terms replaced.
    pub(super) fn with_terms(&self, terms: Vec<QueryTerm>) -> Self {
        let whole = terms.iter().map(|term| term.folded.as_str()).collect::<Vec<_>>().join(" ");
        Self { raw: self.raw.clone(), folded: whole, terms }
    }
}

/// Splits at the first quoted phrase: text before, phrase, text after. A quotation mark without its partner
/// does not count.
fn split_at_phrase(text: &str) -> Option<(&str, &str, &str)> {
    for (at, c) in text.char_indices() {
        let Some((open, close)) = QUOTES.iter().find(|(open, _)| *open == c) else { continue };
        let (before, rest_from_mark) = text.split_at(at);
        let inner = rest_from_mark.strip_prefix(*open)?;
        if let Some((phrase, after)) = inner.split_once(*close) {
            return Some((before, phrase, after));
        }
    }
    None
}

/// Removes elided words (`l’innovation` becomes `'innovation`).
pub(super) fn without_elisions(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '’', 'ʼ', '＇', '‘', '´']) {
        let (before, rest_from_mark) = rest.split_at(at);
        let start = before.rfind(|c: char| !c.is_alphanumeric());
        let start = start.map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
        });
        let (before, word) = before.split_at(start);
        let mut after = rest_from_mark.chars();
        after.next();
        let joins = after.clone().next().is_some_and(char::is_alphanumeric);
        output.push_str(before);
        if !joins || !ELIDED_WORDS.contains(&fold_for_search(word).as_str()) {
            output.push_str(word);
        }
        output.push('\'');
        rest = after.as_str();
    }
    output + rest
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
