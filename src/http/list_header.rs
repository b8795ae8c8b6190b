//! Parses list-valued header fields (RFC 9110 sections 5.6 and 12.4.2): elements, parameters, weights,
//! entity tags.
//!
//! Empty elements are ignored, several lines are one list, parameter names are case-insensitive, quoted
//! strings are never split. A weight is a number from 0 to 1; more decimals than RFC 9110 allows, or none
//! before the point, are accepted.

use actix_web::http::header::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// The weight of an element without one, in thousandths.
pub const MAX_WEIGHT: u16 = 1000;

/// Splits a text at a separator outside of quoted strings, and trims the parts.
struct UnquotedParts<'a> {
    rest: Option<&'a str>,
    separator: char,
    /// Whether a backslash escapes the next character of a quoted string. It does not in entity tags.
    escapes: bool,
}

impl<'a> Iterator for UnquotedParts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (mut is_quoted, mut is_escaped) = (false, false);
        for (at, letter) in rest.char_indices() {
            match letter {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted && self.escapes => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                _ if letter == self.separator && !is_quoted => {
                    let (part, behind) = rest.split_at(at);
                    self.rest = behind.get(letter.len_utf8()..);
                    return Some(part.trim_matches([' ', '\t']));
                }
                _ => {}
            }
        }
        self.rest = None;
        Some(rest.trim_matches([' ', '\t']))
    }
}

fn split_unquoted(text: &str, separator: char) -> UnquotedParts<'_> {
    UnquotedParts { rest: Some(text), separator, escapes: true }
}

/// Returns the values of a header field that are text; `request_headers::check_headers` refuses others.
pub fn field_lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).filter_map(|line| line.to_str().ok())
}

/// Splits a line of a list into its elements.
pub fn elements(line: &str) -> impl Iterator<Item = &str> {
    split_unquoted(line, ',').filter(|element| !element.is_empty())
}

/// Returns whether every quoted string of a line is terminated.
#[must_use]
pub fn is_balanced(line: &str) -> bool {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for letter in line.chars() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
    }
    !is_quoted
}

/// Splits an element into its value and its parameters: names as written, values unquoted.
pub fn split_parameters(element: &str) -> (&str, impl Iterator<Item = (&str, Cow<'_, str>)>) {
    let mut parts = split_unquoted(element, ';');
    let value = parts.next().unwrap_or_default();
    let pairs = parts.filter(|part| !part.is_empty()).map(split_pair);
    (value, pairs)
}

/// Splits an element of `Forwarded` (RFC 7239) into pairs of name and value.
pub fn forwarded_pairs(element: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    split_unquoted(element, ';').filter(|part| !part.is_empty()).map(split_pair)
}

fn split_pair(text: &str) -> (&str, Cow<'_, str>) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim_matches([' ', '\t']), unquote(value.trim_matches([' ', '\t'])))
}

/// Returns a token as it is, or the content of a quoted string.
fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inside) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut unquoted = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        unquoted.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    Cow::Owned(unquoted)
}

/// Parses a weight into thousandths; none outside 0 to 1.
#[must_use]
pub fn parse_weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(are_digits(decimals) && matches!(whole, "0" | "1" | "")) || text.is_empty() || text == "." {
        return None;
    }
    if whole == "1" {
        return decimals.bytes().all(|digit| digit == b'0').then_some(MAX_WEIGHT);
    }
    let mut thousandths = 0;
    let digits = decimals.bytes().map(|digit| u16::from(digit - b'0'));
    for digit in digits.chain([0, 0, 0]).take(3) {
        thousandths = thousandths * 10 + digit;
    }
    // What is hardly wanted is wanted.
    let is_refused = decimals.bytes().all(|digit| digit == b'0');
    Some(if is_refused { 0 } else { thousandths.max(1) })
}

/// Splits an element from its weight; none where the weight is malformed.
#[must_use]
pub fn split_weight(element: &str) -> (&str, Option<u16>) {
    let (value, mut parameters) = split_parameters(element);
    let given = parameters.find(|(name, _)| name.eq_ignore_ascii_case("q"));
    (value, given.map_or(Some(MAX_WEIGHT), |(_, text)| parse_weight(&text)))
}

/// Parses the entity tags of a line, each with whether it is weak; none where it is not a list of them.
#[must_use]
pub fn parse_entity_tags(line: &str) -> Option<Vec<(bool, &str)>> {
    let elements = UnquotedParts { rest: Some(line), separator: ',', escapes: false };
    elements.filter(|element| !element.is_empty()).map(parse_entity_tag).collect()
}

fn parse_entity_tag(element: &str) -> Option<(bool, &str)> {
    let (is_weak, tag) = element.strip_prefix("W/").map_or((false, element), |tag| (true, tag));
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    let is_tag = tag.bytes().all(|byte| byte > b' ' && byte != b'"' && byte != 0x7F);
    is_tag.then_some((is_weak, tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_parted_outside_of_quoted_strings() {
        let all = |line| elements(line).collect::<Vec<_>>();
        assert_eq!(all("a, b"), ["a", "b"]);
        assert_eq!(all(",a ,,\tb,"), ["a", "b"]);
        assert_eq!(all("a;x=\"1,2\", b"), ["a;x=\"1,2\"", "b"]);
        assert_eq!(all("a;x=\"1\\\",2\", b"), ["a;x=\"1\\\",2\"", "b"]);
        assert!(all("").is_empty() && all(" , ").is_empty());
        assert!(is_balanced("a;x=\"1\\\"\"") && !is_balanced("a;x=\"1") && !is_balanced("\"\\\""));
    }

    #[test]
    fn parameters_lose_their_quotation_marks() {
        let (value, found) = split_parameters("text/html ; Level=1;charset=\"utf-8\" ; x=\"a\\\"b;c\";");
        assert_eq!(value, "text/html");
        let found: Vec<(&str, String)> = found.map(|(name, value)| (name, value.into_owned())).collect();
        let expected =
            [("Level", "1".to_owned()), ("charset", "utf-8".to_owned()), ("x", "a\"b;c".to_owned())];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_weight_is_a_number_from_0_to_1() {
        for (text, expected) in [
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("0", Some(0)),
            ("0.000", Some(0)),
            ("0.5", Some(500)),
            ("0.25", Some(250)),
            (".2", Some(200)),
            ("0.6666", Some(666)),
            ("0.0001", Some(1)),
            ("1.1", None),
            ("2", None),
            ("-0.5", None),
            ("", None),
            (".", None),
            ("nan", None),
            ("0,5", None),
            ("1e0", None),
        ] {
            assert_eq!(parse_weight(text), expected, "{text}");
        }
        assert_eq!(split_weight("ja;Q=0.1"), ("ja", Some(100)));
        assert_eq!(split_weight("a/b;x=1; q = \"0.5\""), ("a/b", Some(500)));
        assert_eq!(split_weight("fr;q=x"), ("fr", None));
    }

    #[test]
    fn tags_may_hold_commas_and_backslashes() {
        assert_eq!(
            parse_entity_tags("\"a,b\", W/\"c\",, \"d\\\""),
            Some(vec![(false, "a,b"), (true, "c"), (false, "d\\")])
        );
        assert_eq!(parse_entity_tags(""), Some(vec![]));
        for wrong in ["7", "\"a", "a\"", "\"a\" \"b\"", "w/\"a\"", "\"a b\"", "*, \"a\""] {
            assert_eq!(parse_entity_tags(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_between_the_separators(line in "[a\",;\\\\= \t]{0,24}") {
            let kept = |text: &str| text.chars().filter(|letter| !" \t,".contains(*letter)).collect::<String>();
            let joined: String = elements(&line).collect::<Vec<_>>().join(",");
            prop_assert_eq!(kept(&joined), kept(&line));
            prop_assert!(elements(&line).all(|element| !element.is_empty()));
        }

        #[test]
        fn a_quoted_value_is_read_as_it_was_written(value in "[ -~]{0,12}") {
            let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!("x, a/b;p=\"{quoted}\";q=0.5, y");
            let found: Vec<&str> = elements(&line).collect();
            prop_assert_eq!(found.len(), 3);
            let (name, mut parameters) = split_parameters(found[1]);
            prop_assert_eq!(name, "a/b");
            prop_assert_eq!(parameters.next().unwrap().1.into_owned(), value);
            prop_assert_eq!(split_weight(found[1]), ("a/b", Some(500)));
        }

        #[test]
        fn any_list_of_tags_is_read_back(given in prop::collection::vec((any::<bool>(), "[!#-~]{0,6}"), 0..4)) {
            let written: Vec<String> =
                given.iter().map(|(weak, tag)| format!("{}\"{tag}\"", if *weak { "W/" } else { "" })).collect();
            let line = written.join(" ,, ");
            let read: Vec<(bool, String)> =
                parse_entity_tags(&line).unwrap().into_iter().map(|(weak, tag)| (weak, tag.to_owned())).collect();
            prop_assert_eq!(read, given);
        }
    }
}
