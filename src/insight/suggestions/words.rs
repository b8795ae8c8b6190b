//! What is said of a reason, in French, Japanese and English.

use super::Criterion;
use crate::vocabulary::codes::{AuthorityLevel, Term, Theme, Vocabulary as _};

/// A sentence in three languages.
type Said = [String; 3];

/// What separates the parts of an enumeration.
const COMMAS: [&str; 3] = [", ", "、", ", "];

/// What stands between what is meant and what is said of it.
const COLONS: [&str; 3] = [" : ", "：", ": "];

/// What a criterion is, and what is said of it.
pub(super) fn detail(criterion: Criterion, said: Said) -> Said {
    let mut parts = criterion.about().into_iter().zip(COLONS).zip(said);
    std::array::from_fn(|_| {
        parts.next().map_or_else(String::new, |((about, colon), said)| [about, colon, &said].concat())
    })
}

/// A number.
pub(super) fn count(number: usize) -> Said {
    std::array::from_fn(|_| number.to_string())
}

/// The labels of themes.
pub(super) fn themes(codes: &[&str]) -> Said {
    labels(Theme::TERMS, codes)
}

/// The labels of two levels.
pub(super) fn levels(one: &str, other: &str) -> Said {
    labels(AuthorityLevel::TERMS, &[one, other])
}

/// Two numbers of inhabitants.
pub(super) fn populations(one: i64, other: i64) -> Said {
    [
        format!("{} et {} habitants", grouped(one, "\u{202f}"), grouped(other, "\u{202f}")),
        format!("{}人、{}人", grouped(one, ","), grouped(other, ",")),
        format!("{} and {} inhabitants", grouped(one, ","), grouped(other, ",")),
    ]
}

/// Two distances from the sea.
pub(super) fn distances(one: i64, other: i64) -> Said {
    [
        format!("à {one} km et {other} km de la mer"),
        format!("海から{one}km、{other}km"),
        format!("{one} km and {other} km from the sea"),
    ]
}

fn labels(terms: &[Term], codes: &[&str]) -> Said {
    let mut languages = COMMAS.iter().enumerate();
    std::array::from_fn(|_| {
        let Some((language, comma)) = languages.next() else { return String::new() };
        let label = |code: &&str| terms.iter().find(|term| term.code == *code)?.label.get(language).copied();
        codes.iter().filter_map(label).collect::<Vec<_>>().join(comma)
    })
}

/// A whole number with its thousands apart.
fn grouped(number: i64, separator: &str) -> String {
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
