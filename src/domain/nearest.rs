//! The known name that somebody meant who wrote another, if one is near enough.

use super::folding::collation_key;
use super::vocabularies::term::VocabularyTerm;

/// The longest name for which the nearest known one is sought, in bytes: nobody mistypes more.
const MAX_NAME_BYTES: usize = 64;

/// How much names must resemble each other (Jaro–Winkler, from 0 to 1).
const MIN_SIMILARITY: f64 = 0.82;

/// What resembles `name` most among candidates, each with what stands for it.
fn best_match<T>(candidates: impl IntoIterator<Item = (f64, T)>) -> Option<T> {
    let near = candidates.into_iter().filter(|(score, _)| *score >= MIN_SIMILARITY);
    // The first of those that resemble it alike.
    let best = near.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, candidate)| candidate)
}

/// The known name that resembles `name` most; empty where none is near.
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

/// The code of a vocabulary that a value means: one that resembles it, or whose label in some language does.
#[must_use]
pub fn nearest_code(value: &str, terms: &[VocabularyTerm]) -> Option<&'static str> {
    /// A label that goes on, or that is gone on from.
    const PREFIX_SCORE: f64 = 0.96;
    let written = collation_key(value);
    if value.len() > MAX_NAME_BYTES || written.is_empty() {
        return None;
    }
    let long = written.chars().count() >= if written.is_ascii() { 4 } else { 2 };
    let score = |known: &str| {
        let known = collation_key(known);
        let is_begun =
            long && (known.starts_with(&written) || (known.len() > 3 && written.starts_with(&known)));
        let score = strsim::jaro_winkler(&known, &written);
        if is_begun { score.max(PREFIX_SCORE) } else { score }
    };
    let parts = |label: &'static str| label.split([',', '、', '・', '（', '(', ')', '）']);
    let of = |term: &VocabularyTerm| {
        let names = [term.code].into_iter().chain(term.label).chain(term.label.into_iter().flat_map(parts));
        (names.map(&score).fold(0.0, f64::max), term.code)
    };
    best_match(terms.iter().map(of))
}

/// What a name of a list should be, and which was probably meant, for a sentence.
#[must_use]
pub fn expected_one_of(value: &str, known: &[&str]) -> String {
    expected_sentence(known, &nearest_name(value, known))
}

/// What a code of a vocabulary should be, and which was probably meant, for a sentence.
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
