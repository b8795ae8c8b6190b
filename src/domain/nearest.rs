//! The most similar known name or code ("did you mean"), by Jaro–Winkler similarity.

use super::folding::collation_key;
use super::vocabularies::term::VocabularyTerm;

/// Longest name for which a similar one is sought, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Least Jaro–Winkler similarity (0 to 1) of a name that is suggested.
const MIN_SIMILARITY: f64 = 0.82;

/// Returns the candidate with the highest score, of equal ones the first; `None` below [`MIN_SIMILARITY`].
fn best_match<T>(candidates: impl IntoIterator<Item = (f64, T)>) -> Option<T> {
    let near = candidates.into_iter().filter(|(score, _)| *score >= MIN_SIMILARITY);
    let best = near.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, candidate)| candidate)
}

/// Returns the known name most similar to `name`; empty where none is similar enough.
#[must_use]
pub fn nearest_name(name: &str, known: &[&str]) -> String {
    if name.len() > MAX_NAME_BYTES {
        return String::new();
    }
    let folded = collation_key(name);
    let score = |known: &&str| {
        let written = strsim::jaro_winkler(name, known);
        written.max(strsim::jaro_winkler(&folded, &collation_key(known)))
    };
    best_match(known.iter().map(|known| (score(known), *known))).unwrap_or_default().to_owned()
}

/// Returns the code that a value most probably means: a similar code, or one with a similar label in any
/// language.
#[must_use]
pub fn nearest_code(value: &str, terms: &[VocabularyTerm]) -> Option<&'static str> {
    /// Score of a label that begins with the value, or with which the value begins.
    const PREFIX_SCORE: f64 = 0.96;
    let written = collation_key(value);
    if value.len() > MAX_NAME_BYTES || written.is_empty() {
        return None;
    }
    let is_long = written.chars().count() >= if written.is_ascii() { 4 } else { 2 };
    let score = |known: &str| {
        let known = collation_key(known);
        let is_begun =
            is_long && (known.starts_with(&written) || (known.len() > 3 && written.starts_with(&known)));
        let score = strsim::jaro_winkler(&known, &written);
        if is_begun { score.max(PREFIX_SCORE) } else { score }
    };
    let parts = |label: &'static str| label.split([',', '、', '・', '（', '(', ')', '）']);
    let score_term = |term: &VocabularyTerm| {
        let names = [term.code].into_iter().chain(term.label).chain(term.label.into_iter().flat_map(parts));
        (names.map(&score).fold(0.0, f64::max), term.code)
    };
    best_match(terms.iter().map(score_term))
}

/// Returns the expected names and the most similar one, for an error message.
#[must_use]
pub fn expected_one_of(value: &str, known: &[&str]) -> String {
    expected_sentence(known, &nearest_name(value, known))
}

/// Returns the expected codes and the most probable one, for an error message.
#[must_use]
pub fn expected_one_of_terms(value: &str, terms: &[VocabularyTerm]) -> String {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    expected_sentence(&codes, nearest_code(value, terms).unwrap_or_default())
}

fn expected_sentence(known: &[&str], nearest: &str) -> String {
    let nearest = if nearest.is_empty() { String::new() } else { format!("; the nearest is `{nearest}`") };
    format!("one of {}{nearest}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabularies::authority::Country;
    use crate::domain::vocabularies::partnership::{PartnershipCategory, PartnershipStatus};
    use crate::domain::vocabularies::theme::Theme;
    use crate::domain::vocabularies::vocabulary::Vocabulary as _;

    #[test]
    fn a_name_that_is_far_is_not_named() {
        for (name, known, expected) in [
            ("contry", vec!["country", "county"], "country"),
            ("titel", vec!["title", "url"], "title"),
            ("Title", vec!["title", "url"], "title"),
            ("dry_run", vec!["force", "lang"], ""),
            ("x", vec!["title", "url"], ""),
            ("limit", vec!["lang"], ""),
            ("", vec!["lang"], ""),
        ] {
            assert_eq!(nearest_name(name, &known), expected, "{name}");
        }
        assert_eq!(nearest_name(&"title".repeat(20), &["title"]), "");
    }

    #[test]
    fn a_code_is_found_by_its_labels() {
        for value in
            ["jumelage", "Jumelage", "姉妹都市", "姉妹都市提携", "twining", "sister city", "jumelages"]
        {
            assert_eq!(nearest_code(value, PartnershipCategory::TERMS), Some("twinning"), "{value}");
        }
        assert_eq!(nearest_code("タイトル", PartnershipCategory::TERMS), None);
        assert_eq!(nearest_code("zzz", PartnershipCategory::TERMS), None);
        assert_eq!(nearest_code("actif", PartnershipStatus::TERMS), Some("active"));
        assert_eq!(nearest_code("Japon", Country::TERMS), Some("JP"));
        assert_eq!(nearest_code("日本", Country::TERMS), Some("JP"));
        assert_eq!(nearest_code("防災", Theme::TERMS), Some("disaster_risk_prevention"));
        assert_eq!(nearest_code("patrimoine", Theme::TERMS), Some("heritage"));
    }
}
