//! Where the rules of a kind report: faults refuse a write, warnings accompany it.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::{Fault, MessageArgs};
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

/// What the rules found.
#[derive(Debug, Default)]
pub struct Validation {
    /// Broken hard rules: nothing is written.
    pub errors: Vec<Fault>,
    /// Broken soft rules: the answer mentions them.
    pub warnings: Vec<Fault>,
}

impl Validation {
    /// A hard rule is broken at `pointer`.
    pub fn add_error(&mut self, pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) {
        self.errors.push(Fault::at_pointer(pointer, code, args));
    }

    /// A soft rule is broken at `pointer`.
    pub fn add_warning(&mut self, pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) {
        self.warnings.push(Fault::at_pointer(pointer, code, args));
    }

    /// The end at `pointer` must not be definitely before the start.
    pub fn require_end_not_before_start(
        &mut self,
        pointer: &str,
        start: Option<&PartialDate>,
        end: Option<&PartialDate>,
    ) {
        if let (Some(start), Some(end)) = (start, end)
            && end.edtf().is_definitely_before(start.edtf())
        {
            self.add_error(pointer, ErrorCode::EndBeforeStart, vec![("start", start.edtf().as_str().into())]);
        }
    }

    /// No item of the list at `pointer` may end definitely before it starts.
    pub fn require_periods_in_order<'a>(
        &mut self,
        pointer: &str,
        periods: impl IntoIterator<Item = (Option<&'a PartialDate>, Option<&'a PartialDate>)>,
    ) {
        for (index, (since, until)) in periods.into_iter().enumerate() {
            self.require_end_not_before_start(&format!("{pointer}/{index}/until"), since, until);
        }
    }

    /// The date at `pointer` should not be definitely outside all of `spans`.
    pub fn expect_within_any(&mut self, pointer: &str, date: Option<&PartialDate>, spans: &[&PartialDate]) {
        let Some(date) = date else { return };
        let apart = |span: &&PartialDate| {
            date.edtf().is_definitely_before(span.edtf()) || span.edtf().is_definitely_before(date.edtf())
        };
        if !spans.is_empty() && spans.iter().all(apart) {
            self.add_warning(pointer, ErrorCode::OutsideEdition, vec![]);
        }
    }

    /// Every item of the list at `pointer`, none of whose members is required, must still say something.
    pub fn require_items_not_empty<T: Serialize>(&mut self, pointer: &str, items: &[T]) {
        let says_nothing = |member: &Value| member.as_array().is_some_and(Vec::is_empty);
        for (index, item) in items.iter().enumerate() {
            let members = serde_json::to_value(item).unwrap_or_default();
            if members.as_object().is_some_and(|members| members.values().all(says_nothing)) {
                self.add_error(format!("{pointer}/{index}"), ErrorCode::Empty, vec![]);
            }
        }
    }

    /// The ids of the items of a list are all different; `at` tells where each stands.
    pub fn require_unique_ids<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a str>,
        at: impl Fn(usize) -> String,
    ) {
        let mut seen = HashSet::new();
        for (index, id) in ids.into_iter().enumerate() {
            if !seen.insert(id) {
                self.add_error(at(index), ErrorCode::Repeated, vec![("value", id.into())]);
            }
        }
    }

    /// The text at `pointer` must hold no e-mail address and no telephone number.
    pub fn require_no_contact_details(&mut self, pointer: &str, text: Option<&Text>) {
        for (tag, words) in text.iter().flat_map(|text| text.iter()) {
            if has_email(words) || has_telephone(words) {
                self.add_error(format!("{pointer}/{tag}"), ErrorCode::PrivateContact, vec![]);
            }
        }
    }
}

/// An `@` between two words of which the second has a dot inside.
fn has_email(text: &str) -> bool {
    let is_address = |word: &str| {
        let (name, host) = word.split_once(['@', '＠']).unwrap_or_default();
        let dotted = host.split_once('.').is_some_and(|(_, top)| top.starts_with(char::is_alphanumeric));
        !name.is_empty() && dotted
    };
    text.split_whitespace().any(is_address)
}

/// A `+` followed by eight digits or more, however they are grouped.
fn has_telephone(text: &str) -> bool {
    let is_number = |after: &str| {
        let grouped = |c: &char| c.is_ascii_digit() || c.is_whitespace() || "()-.".contains(*c);
        let digits = after.chars().take_while(grouped).filter(char::is_ascii_digit).count();
        digits >= 8 && after.starts_with(|c: char| c.is_ascii_digit() || c == '(')
    };
    text.split(['+', '＋']).skip(1).any(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_told_from_words() {
        for text in [
            "écrire à japon@cites.example",
            "（連絡先：a＠city.example）",
            "tél. +33 (0)1 53 41 81 81",
            "+81-54-221-1265",
        ] {
            assert!(has_email(text) || has_telephone(text), "{text}");
        }
        for text in
            ["référent Japon", "@mairie.", "a @ b.c", "12 + 34 authorities", "+8 %", "COVID+ 2020. 2021."]
        {
            assert!(!has_email(text) && !has_telephone(text), "{text}");
        }
    }

    #[test]
    fn only_what_is_certainly_outside_is_mentioned() {
        let date = |edtf: &str| PartialDate::parse(edtf).unwrap();
        let outside = |day: &str, spans: &[&str]| {
            let (mut validation, spans) =
                (Validation::default(), spans.iter().map(|span| date(span)).collect::<Vec<_>>());
            validation.expect_within_any("/date", Some(&date(day)), &spans.iter().collect::<Vec<_>>());
            !validation.warnings.is_empty()
        };
        assert!(outside("2024-06-19", &["2024-11-18/2024-11-21"]));
        assert!(!outside("2024-06-19", &["2024-11-18/2024-11-21", "2024-06"]));
        assert!(!outside("2024", &["2024-11-18/2024-11-21"]));
        assert!(!outside("XXXX-06-19", &["2024-11-18/2024-11-21"]));
        assert!(!outside("2024-06-19", &[]));
    }
}
