//! Excerpts of a record's texts with highlighted matches.

use super::query::QueryTerm;
use crate::domain::folding::{fold_with_positions, is_cjk};
use crate::records::text_passages::TextPassage;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Approximate length of a snippet, and of its part before the first match, in characters.
const SNIPPET_LENGTH: usize = 160;
const CONTEXT_BEFORE: usize = 40;

/// Maximum number of snippets per record.
const MAX_SNIPPETS: usize = 3;

/// Half-open range of characters (Unicode code points) of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct HighlightSpan {
    start: usize,
    end: usize,
}

/// Returns the matches in a text, ordered and merged where they overlap, and the indexes of the matched
/// terms.
fn find_spans(text: &str, terms: &[QueryTerm]) -> (Vec<HighlightSpan>, BTreeSet<usize>) {
    let folded = fold_with_positions(text);
    // Patterns may begin or end with a space as word boundary.
    let padded: String =
        [' '].into_iter().chain(folded.iter().map(|folded| folded.char)).chain([' ']).collect();
    let starts: Vec<usize> = padded.char_indices().map(|(at, _)| at).collect();
    let (mut found, mut which) = (Vec::new(), BTreeSet::new());
    for (index, term) in terms.iter().enumerate() {
        for pattern in &term.patterns {
            for (at, _) in padded.match_indices(pattern.as_str()) {
                let letters = pattern.trim();
                let first = at + (pattern.len() - pattern.trim_start().len());
                let first = starts.partition_point(|start| *start < first);
                let last = first + letters.chars().count() - 1;
                // The padding shifts positions by one.
                let place = |at: usize| folded.get(at.checked_sub(1)?);
                if let (Some(first), Some(last)) = (place(first), place(last)) {
                    found.push(HighlightSpan { start: first.from, end: last.to });
                    which.insert(index);
                }
            }
        }
    }
    found.sort();
    let mut merged: Vec<HighlightSpan> = Vec::with_capacity(found.len());
    for span in found {
        match merged.last_mut().filter(|last| span.start < last.end) {
            Some(last) => last.end = last.end.max(span.end),
            None => merged.push(span),
        }
    }
    (merged, which)
}

/// Returns whether a text may be cut before character `at`, that is, not inside a word.
fn is_cut_allowed(text: &[char], at: usize) -> bool {
    let (before, after) = (at.checked_sub(1).and_then(|at| text.get(at)), text.get(at));
    let ends = |c: Option<&char>| c.is_none_or(|c| !c.is_alphanumeric() || is_cjk(*c));
    ends(before) || ends(after)
}

/// Returns the range of a text to show: about [`SNIPPET_LENGTH`] characters around the first match.
fn excerpt_span(text: &[char], spans: &[HighlightSpan]) -> HighlightSpan {
    let whole = HighlightSpan { start: 0, end: text.len() };
    let Some(first) = spans.first().filter(|_| text.len() > SNIPPET_LENGTH) else {
        return HighlightSpan { end: whole.end.min(SNIPPET_LENGTH), ..whole };
    };
    let start = first.start.saturating_sub(CONTEXT_BEFORE).min(text.len().saturating_sub(SNIPPET_LENGTH));
    let start = (start..first.start).find(|at| is_cut_allowed(text, *at)).unwrap_or(first.start);
    let end = (start + SNIPPET_LENGTH).min(text.len()).max(first.end);
    let end = (first.end..=end).rev().find(|at| is_cut_allowed(text, *at)).unwrap_or(first.end);
    let is_blank = |at: usize| text.get(at).is_some_and(|c| c.is_whitespace());
    let start = (start..first.start).find(|at| !is_blank(*at)).unwrap_or(first.start);
    let end = (first.end..end).rev().find(|at| !is_blank(*at)).map_or(first.end, |at| at + 1);
    HighlightSpan { start, end }
}

/// Returns the JSON of a snippet; highlights are relative to its text.
fn snippet_json(passage: &TextPassage, spans: &[HighlightSpan]) -> Value {
    let text: Vec<char> = passage.text.chars().collect();
    let window = excerpt_span(&text, spans);
    let inside = spans.iter().filter(|span| window.start <= span.start && span.end <= window.end);
    let highlights: Vec<Value> = inside
        .map(|span| json!({"start": span.start - window.start, "end": span.end - window.start}))
        .collect();
    let shown: String = text.get(window.start..window.end).unwrap_or_default().iter().collect();
    let mut snippet = Map::new();
    snippet.insert("pointer".into(), passage.pointer.as_str().into());
    snippet.extend(passage.lang.map(|lang| ("lang".to_owned(), lang.into())));
    snippet.insert("text".into(), shown.into());
    snippet.insert("highlights".into(), highlights.into());
    snippet.into()
}

/// Returns at most [`MAX_SNIPPETS`] snippets. Each shows a term that none before it shows; those with the
/// most terms come first.
pub(super) fn build_snippets(passages: &[TextPassage], terms: &[QueryTerm]) -> Vec<Value> {
    let mut found: Vec<_> =
        passages.iter().map(|passage| (passage, find_spans(&passage.text, terms))).collect();
    let mut snippets = Vec::new();
    while snippets.len() < MAX_SNIPPETS {
        // `max_by_key` returns the last maximum; reversed, it is the first.
        let best = found.iter().enumerate().rev().max_by_key(|(_, (_, (_, which)))| which.len());
        let Some((at, (passage, (spans, which)))) = best.filter(|(_, (_, (_, which)))| !which.is_empty())
        else {
            break;
        };
        snippets.push(snippet_json(passage, spans));
        let shown = which.clone();
        found.remove(at);
        for (_, (_, which)) in &mut found {
            which.retain(|term| !shown.contains(term));
        }
    }
    snippets
}

/// Returns a snippet that consists of an identifier, highlighted as a whole.
pub(super) fn identifier_snippet(pointer: &str, value: &str) -> Value {
    json!({"pointer": pointer, "text": value, "highlights": [{"start": 0, "end": value.chars().count()}]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::folding::fold_for_search;
    use crate::search::query::Query;
    use proptest::prelude::*;

    fn passage(text: &str) -> TextPassage {
        TextPassage { pointer: "/summary/fr".into(), lang: Some("fr"), text: text.into(), is_name: false }
    }

    /// Returns the highlighted parts of a snippet.
    fn highlighted(snippet: &Value) -> Vec<String> {
        let text: Vec<char> = snippet["text"].as_str().unwrap().chars().collect();
        let place =
            |highlight: &Value, name: &str| usize::try_from(highlight[name].as_u64().unwrap()).unwrap();
        let slice =
            |highlight: &Value| text[place(highlight, "start")..place(highlight, "end")].iter().collect();
        snippet["highlights"].as_array().unwrap().iter().map(slice).collect()
    }

    fn found(query: &str, text: &str) -> Vec<String> {
        let snippets = build_snippets(&[passage(text)], &Query::parse(query).unwrap().terms);
        snippets.first().map(highlighted).unwrap_or_default()
    }

    #[test]
    fn highlights_are_the_words_as_they_are_written() {
        assert_eq!(found("omura", "Ōmura, OHMURA et Kōōmura"), ["Ōmura", "OHMURA", "ōōmura"]);
        assert_eq!(found("coeur", "Au cœur de l’Europe"), ["cœur"]);
        assert_eq!(found("eur", "Au cœur"), ["œur"]);
        assert_eq!(found("e\u{301}te\u{301}", "l’été"), ["été"]);
        assert_eq!(found("ete", "l’e\u{301}te\u{301}."), ["e\u{301}te\u{301}"]);
        assert_eq!(found("大村", "愛知県知事大村秀章氏"), ["大村"]);
        assert_eq!(found("あ", "かああき"), ["あ", "あ"]);
        assert_eq!(found("ナゴヤ", "ﾅｺﾞﾔと名古屋"), ["ﾅｺﾞﾔ"]);
        assert_eq!(found("\"ile de france\"", "En Île-de-France aussi"), ["Île-de-France"]);
        assert_eq!(found("jumelages", "Un jumelage, des jumelages"), ["jumelage", "jumelages"]);
        assert_eq!(found("sizuoka", "Shizuoka"), ["Shizuoka"]);
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        let text = format!("{}Nancy et Kanazawa {}", "mot ".repeat(100), "suite ".repeat(100));
        let snippets = build_snippets(&[passage(&text)], &Query::parse("kanazawa").unwrap().terms);
        let shown = snippets[0]["text"].as_str().unwrap();
        assert!(shown.len() <= SNIPPET_LENGTH && shown.len() > SNIPPET_LENGTH - 10, "{shown}");
        assert!(shown.starts_with("mot ") && shown.ends_with("suite"), "{shown}");
        assert_eq!(highlighted(&snippets[0]), ["Kanazawa"]);
        let text = "静岡".repeat(200);
        let snippets = build_snippets(&[passage(&text)], &Query::parse("静岡静岡").unwrap().terms);
        assert_eq!(snippets[0]["text"].as_str().unwrap().chars().count(), SNIPPET_LENGTH);
    }

    #[test]
    fn pieces_show_every_word_once() {
        let passages = ["Cannes", "Cannes et Shizuoka", "Shizuoka", "thé"].map(passage);
        let snippets = build_snippets(&passages, &Query::parse("shizuoka cannes thé").unwrap().terms);
        let shown: Vec<_> = snippets.iter().map(|snippet| snippet["text"].as_str().unwrap()).collect();
        assert_eq!(shown, ["Cannes et Shizuoka", "thé"]);
    }

    proptest! {
        #[test]
        fn every_highlight_has_a_word(
            text in "[a-eohuōŌœŒæ大村がごｶﾞああé\\u{301} ,’-]{0,300}", from in 0usize..300, length in 1usize..6,
        ) {
            let word: String = text.chars().skip(from).take(length).collect();
            let Some(query) = Query::parse(&word) else { return Ok(()) };
            let whole = passage(&text);
            let (spans, _) = find_spans(&text, &query.terms);
            let all: Vec<char> = text.chars().collect();
            for span in &spans {
                let slice = fold_for_search(&all[span.start..span.end].iter().collect::<String>());
                let has = |pattern: &String| slice.contains(pattern.trim());
                prop_assert!(query.terms.iter().any(|term| term.patterns.iter().any(has)), "{:?} {}", query, slice);
            }
            if let Some(first) = spans.first() {
                let window = excerpt_span(&all, &spans);
                prop_assert!(window.start <= first.start && first.end <= window.end && window.end <= all.len());
                prop_assert!(!highlighted(&snippet_json(&whole, &spans)).is_empty());
            }
        }
    }
}
