//! What is said of a reason, in French, Japanese and English.

use super::criteria::Criterion;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;

/// A sentence in three languages.
type ReasonText = [String; 3];

/// What separates the parts of an enumeration.
const COMMAS: [&str; 3] = [", ", "、", ", "];

/// What stands between what is meant and what is said of it.
const COLONS: [&str; 3] = [" : ", "：", ": "];

/// What a criterion is, and what is said of it.
pub(super) fn reason_detail(criterion: Criterion, said: ReasonText) -> ReasonText {
    let mut parts = criterion.label().into_iter().zip(COLONS).zip(said);
    std::array::from_fn(|_| {
        parts.next().map_or_else(String::new, |((about, colon), said)| [about, colon, &said].concat())
    })
}

/// A number.
pub(super) fn count_text(number: usize) -> ReasonText {
    std::array::from_fn(|_| number.to_string())
}

/// The labels of themes.
pub(super) fn theme_labels(codes: &[&str]) -> ReasonText {
    join_labels(Theme::TERMS, codes)
}

/// The labels of two levels.
pub(super) fn level_labels(one: &str, other: &str) -> ReasonText {
    join_labels(AuthorityLevel::TERMS, &[one, other])
}

/// Two numbers of inhabitants.
pub(super) fn populations_text(one: i64, other: i64) -> ReasonText {
    [
        format!("{} et {} habitants", group_digits(one, "\u{202f}"), group_digits(other, "\u{202f}")),
        format!("{}人、{}人", group_digits(one, ","), group_digits(other, ",")),
        format!("{} and {} inhabitants", group_digits(one, ","), group_digits(other, ",")),
    ]
}

/// Two distances from the sea.
pub(super) fn distances_text(one: i64, other: i64) -> ReasonText {
    [
        format!("à {one} km et {other} km de la mer"),
        format!("海から{one}km、{other}km"),
        format!("{one} km and {other} km from the sea"),
    ]
}

fn join_labels(terms: &[VocabularyTerm], codes: &[&str]) -> ReasonText {
    let mut languages = COMMAS.iter().enumerate();
    std::array::from_fn(|_| {
        let Some((language, comma)) = languages.next() else { return String::new() };
        let label = |code: &&str| terms.iter().find(|term| term.code == *code)?.label.get(language).copied();
        codes.iter().filter_map(label).collect::<Vec<_>>().join(comma)
    })
}

/// A whole number with its thousands apart.
fn group_digits(number: i64, separator: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push_str(separator);
        }
        text.push(digit);
    }
    text
}
