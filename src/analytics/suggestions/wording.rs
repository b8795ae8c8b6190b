//! Reasons of suggestions in French, Japanese and English.

use super::criteria::Criterion;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;

/// A sentence in three languages.
type ReasonText = [String; 3];

/// Separator of the parts of an enumeration, by language.
const COMMAS: [&str; 3] = [", ", "、", ", "];

/// Separator of a criterion's label and the explanation, by language.
const COLONS: [&str; 3] = [" : ", "：", ": "];

/// Returns the label of a criterion followed by the explanation.
pub(super) fn reason_detail(criterion: Criterion, explanation: ReasonText) -> ReasonText {
    let mut parts = criterion.label().into_iter().zip(COLONS).zip(explanation);
    std::array::from_fn(|_| {
        parts
            .next()
            .map_or_else(String::new, |((label, colon), explanation)| [label, colon, &explanation].concat())
    })
}

/// Returns a number as text.
pub(super) fn count_text(number: usize) -> ReasonText {
    std::array::from_fn(|_| number.to_string())
}

/// Returns the labels of themes.
pub(super) fn theme_labels(codes: &[&str]) -> ReasonText {
    join_labels(Theme::TERMS, codes)
}

/// Returns the labels of two levels.
pub(super) fn level_labels(one: &str, other: &str) -> ReasonText {
    join_labels(AuthorityLevel::TERMS, &[one, other])
}

/// Returns the text of two numbers of inhabitants.
pub(super) fn populations_text(one: i64, other: i64) -> ReasonText {
    [
        format!("{} et {} habitants", group_digits(one, "\u{202f}"), group_digits(other, "\u{202f}")),
        format!("{}人、{}人", group_digits(one, ","), group_digits(other, ",")),
        format!("{} and {} inhabitants", group_digits(one, ","), group_digits(other, ",")),
    ]
}

/// Returns the text of two distances from the sea, in kilometres.
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

/// Formats an integer with a separator between groups of three digits.
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
