//! Errors and warnings found by the validation rules of a record, and the checks that several kinds share.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::{Fault, MessageArgs};
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;

/// The errors and warnings found in one record.
#[derive(Debug, Default)]
pub struct Validation {
    /// Broken rules that reject the write.
    pub errors: Vec<Fault>,
    /// Broken rules that the response mentions; the record is written.
    pub warnings: Vec<Fault>,
}

impl Validation {
    /// Adds an error at a JSON pointer.
    pub fn add_error(&mut self, pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) {
        self.errors.push(Fault::at_pointer(pointer, code, args));
    }

    /// Adds a warning at a JSON pointer.
    pub fn add_warning(&mut self, pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) {
        self.warnings.push(Fault::at_pointer(pointer, code, args));
    }

    /// Adds an error at `pointer` if the end is definitely before the start, whatever day either date stands
    /// for.
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

    /// Adds an error for each item of the list at `pointer` whose `until` is definitely before its `since`.
    pub fn require_periods_in_order<'a>(
        &mut self,
        pointer: &str,
        periods: impl IntoIterator<Item = (Option<&'a PartialDate>, Option<&'a PartialDate>)>,
    ) {
        for (index, (since, until)) in periods.into_iter().enumerate() {
            self.require_end_not_before_start(&format!("{pointer}/{index}/until"), since, until);
        }
    }

    /// Adds a warning if the date at `pointer` is definitely outside all of `spans`. Without spans there is
    /// none.
    pub fn expect_within_any(&mut self, pointer: &str, date: Option<&PartialDate>, spans: &[&PartialDate]) {
        let Some(date) = date else { return };
        let is_outside = |span: &&PartialDate| {
            date.edtf().is_definitely_before(span.edtf()) || span.edtf().is_definitely_before(date.edtf())
        };
        if !spans.is_empty() && spans.iter().all(is_outside) {
            self.add_warning(pointer, ErrorCode::OutsideEdition, vec![]);
        }
    }

    /// Adds an error for each item without any member, in the list at `pointer`. Empty lists do not count as
    /// members.
    pub fn require_items_not_empty<T: Serialize>(&mut self, pointer: &str, items: &[T]) {
        let is_empty = |member: &Value| member.as_array().is_some_and(Vec::is_empty);
        for (index, item) in items.iter().enumerate() {
            let members = serde_json::to_value(item).unwrap_or_default();
            if members.as_object().is_some_and(|members| members.values().all(is_empty)) {
                self.add_error(format!("{pointer}/{index}"), ErrorCode::Empty, vec![]);
            }
        }
    }

    /// Adds an error for each id that occurred before. `pointer_of` returns the pointer of the item at an
    /// index.
    pub fn require_unique_ids<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a str>,
        pointer_of: impl Fn(usize) -> String,
    ) {
        let mut seen = HashSet::new();
        for (index, id) in ids.into_iter().enumerate() {
            if !seen.insert(id) {
                self.add_error(pointer_of(index), ErrorCode::Repeated, vec![("value", id.into())]);
            }
        }
    }

    /// Adds an error for each language of the text at `pointer` that has an e-mail address or a telephone
    /// number.
    pub fn require_no_contact_details(&mut self, pointer: &str, text: Option<&Text>) {
        for (tag, text) in text.iter().flat_map(|text| text.iter()) {
            if has_email(text) || has_telephone(text) {
                self.add_error(format!("{pointer}/{tag}"), ErrorCode::PrivateContact, vec![]);
            }
        }
    }
}

/// Whether the text has an `@` (also full-width) between a name and a host with a dot inside.
fn has_email(text: &str) -> bool {
    let is_address = |word: &str| {
        let (name, host) = word.split_once(['@', '＠']).unwrap_or_default();
        let has_dot = host.split_once('.').is_some_and(|(_, top)| top.starts_with(char::is_alphanumeric));
        !name.is_empty() && has_dot
    };
    text.split_whitespace().any(is_address)
}

/// Whether the text has a `+` (also full-width) followed by at least eight digits, in any grouping.
fn has_telephone(text: &str) -> bool {
    let is_number = |after: &str| {
        let is_digit_or_separator = |c: &char| c.is_ascii_digit() || c.is_whitespace() || "()-.".contains(*c);
        let digits = after.chars().take_while(is_digit_or_separator).filter(char::is_ascii_digit).count();
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
