//! Words that no record has, and the word of a name that was probably meant.

use super::queries;
use super::query::{Query, QueryTerm};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::folding::fold_with_positions;
use crate::records::text_passages::TextPassage;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// How many letters may be wrong in a word of so many: missing, too many, another, or two exchanged.
fn max_errors(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// The words at the least distance from one that is misspelt.
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

/// The query with the words that are nowhere exchanged for the nearest words of names, and what was exchanged; none if
/// every word is somewhere or one has nothing near. Among words at the same distance the one in the most names counts,
/// then the alphabet. One of the first two letters must be right; Chinese, Japanese and Korean is not corrected.
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
        let meant = near.iter().min_by_key(|word| (Reverse(uses.get(*word)), *word));
        if let Some(meant) = meant {
            let written = original_spelling(tx, meant)?;
            corrections.push(json!({"from": term.typed, "to": written}));
            terms.push(QueryTerm::word(meant));
        }
    }
    Ok((!corrections.is_empty()).then(|| (query.with_terms(terms), corrections)))
}

/// A folded word as a name has it, in small letters.
fn original_spelling(tx: &mut Conn, word: &str) -> TxResult<String> {
    let ids = queries::first_record_with_word(tx, word)?;
    let names = queries::load_hit_rows(tx, &ids)?
        .into_iter()
        .flat_map(|mut shown| shown.stored.passages(&shown.name));
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
