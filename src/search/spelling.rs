//! Spelling correction: unknown words replaced by the nearest word of a name (Damerau–Levenshtein distance).

use super::queries;
use super::query::{Query, QueryTerm};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::folding::fold_with_positions;
use crate::records::text_passages::TextPassage;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Maximum edit distance by word length: letters missing, superfluous, replaced or transposed.
fn max_errors(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Returns the known words at the smallest distance from a misspelt one, within [`max_errors`].
fn nearest_words(word: &str, known: &[String]) -> Vec<String> {
    let (length, tolerance) = (word.chars().count(), max_errors(word.chars().count()));
    let mut best = (tolerance + 1, Vec::new());
    for known in known {
        if known.chars().count().abs_diff(length) > tolerance {
            continue;
        }
        let distance = strsim::osa_distance(word, known);
        if distance < best.0 {
            best = (distance, vec![known.clone()]);
        } else if distance == best.0 && distance <= tolerance {
            best.1.push(known.clone());
        }
    }
    best.1
}

/// Replaces words that are in no text by the nearest words of names; returns the query and the replacements
/// as JSON, or none if every word is known or one has no near match.
///
/// Among words at the same distance the one in the most names wins, then alphabetical order. A candidate must
/// begin with the first or second letter of the word. Only words of a–z are corrected.
pub(super) fn correct_spelling(tx: &mut Conn, query: &Query) -> TxResult<Option<(Query, Vec<Value>)>> {
    let (mut terms, mut corrections) = (Vec::new(), Vec::new());
    for term in &query.terms {
        if queries::is_in_any_text(tx, term)? {
            terms.push(term.clone());
            continue;
        }
        let word = term.folded.as_str();
        let is_plain = word.bytes().all(|letter| letter.is_ascii_lowercase());
        if term.is_phrase || !is_plain || max_errors(word.len()) == 0 {
            return Ok(None);
        }
        let mut known = Vec::new();
        for letter in word.chars().take(2).collect::<BTreeSet<char>>() {
            known.extend(queries::words_with_initial(tx, letter)?);
        }
        let near = nearest_words(word, &known);
        if near.is_empty() {
            return Ok(None);
        }
        let uses: HashMap<String, i64> = queries::count_names(tx, &near)?.into_iter().collect();
        let nearest = near.iter().min_by_key(|word| (Reverse(uses.get(*word)), *word));
        if let Some(nearest) = nearest {
            let original = original_spelling(tx, nearest)?;
            corrections.push(json!({"from": term.typed, "to": original}));
            terms.push(QueryTerm::word(nearest));
        }
    }
    Ok((!corrections.is_empty()).then(|| (query.with_terms(terms), corrections)))
}

/// Returns a folded word as some name spells it, in lower case.
fn original_spelling(tx: &mut Conn, word: &str) -> TxResult<String> {
    let ids = queries::first_record_with_word(tx, word)?;
    let names =
        queries::load_hit_rows(tx, &ids)?.into_iter().flat_map(|mut row| row.stored.passages(&row.name));
    let place = |name: TextPassage| {
        let folded = fold_with_positions(&name.text);
        let mut words = folded.split(|folded| folded.char == ' ');
        let found = words.find(|found| found.iter().map(|folded| folded.char).eq(word.chars()))?;
        let (from, to) = (found.first()?.from, found.last()?.to);
        Some(name.text.chars().skip(from).take(to - from).collect::<String>().to_lowercase())
    };
    Ok(names.filter(|name| name.is_name).find_map(place).unwrap_or_else(|| word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_words_are_those_with_the_fewest_errors() {
        let known = ["shizuoka", "shizuku", "shizuishi", "nancy", "nantes", "nance"].map(str::to_owned);
        assert_eq!(nearest_words("shizuoak", &known), ["shizuoka"]);
        assert_eq!(nearest_words("shizuokka", &known), ["shizuoka"]);
        assert_eq!(nearest_words("nancu", &known), ["nancy", "nance"]);
        assert_eq!(nearest_words("nantse", &known), ["nantes"]);
        assert!(nearest_words("nan", &known).is_empty() && nearest_words("nagoya", &known).is_empty());
    }
}
