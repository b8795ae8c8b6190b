//! Query parameters, read one by one; an unknown one is refused with the nearest known name.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::folding::{MAX_QUERY_WORDS, count_query_words};
use crate::domain::language::Language;
use crate::domain::nearest::nearest_name;
use actix_web::HttpRequest;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// The maximum number of values of a parameter: both databases can bind that many in each filter at once.
const MAX_VALUES: usize = 300;

/// The parameters of a request, removed as they are read; faults are collected.
#[derive(Debug, Clone)]
pub struct QueryParams {
    given: Vec<(String, String)>,
    known: Vec<String>,
    faults: Vec<Fault>,
}

impl QueryParams {
    /// Parses the query string of a request. `lang` is accepted everywhere.
    #[must_use]
    pub fn from_request(request: &HttpRequest) -> Self {
        let mut params = Self { given: vec![], known: vec![], faults: vec![] };
        for pair in decode_pairs(request.query_string()) {
            match pair {
                Ok((name, value)) => params.given.push((name.into_owned(), value.into_owned())),
                Err(fault) => params.add_fault(fault),
            }
        }
        if let Some(tag) = params.single("lang")
            && Language::from_tag(&tag).is_none()
        {
            params.invalid("lang", &tag, "`fr`, `ja` or `en`");
        }
        params
    }

    /// Returns whether a parameter is given and not read yet. An empty one counts as not given, as HTML
    /// forms send it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, value)| given == name && !value.is_empty())
    }

    /// Reads a parameter that may be given once.
    pub fn single(&mut self, name: &str) -> Option<String> {
        let mut values = self.take(name);
        if values.len() > 1 {
            self.faults.push(Fault::at_parameter(name, ErrorCode::RepeatedParameter, vec![]));
        }
        values.pop()
    }

    /// Reads a parameter with several values, repeated or separated by commas; at most 300.
    pub fn list(&mut self, name: &str) -> Vec<String> {
        let given = self.take(name);
        let values = given.iter().flat_map(|value| value.split(',')).map(|value| value.trim().to_owned());
        let values: Vec<String> = values.collect();
        if values.len() > MAX_VALUES {
            let facts = vec![("limit", MAX_VALUES.to_string()), ("count", values.len().to_string())];
            self.faults.push(Fault::at_parameter(name, ErrorCode::TooManyValues, facts));
            return vec![];
        }
        values
    }

    /// Reads an integer within a range, with a default.
    pub fn integer(&mut self, name: &str, range: std::ops::RangeInclusive<i64>, default: i64) -> i64 {
        let Some(text) = self.single(name) else { return default };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.unwrap_or_else(|| {
            let expected = format!("a whole number from {} to {}", range.start(), range.end());
            self.invalid(name, &text, &expected);
            default
        })
    }

    /// Reads the search query `q`: at least one letter or digit, and a limited number of words.
    pub fn search_query(&mut self) -> Option<String> {
        let text = self.single("q")?;
        let expected = match count_query_words(&text) {
            0 => "at least one letter or digit".to_owned(),
            1..=MAX_QUERY_WORDS => return Some(text),
            _ => format!("at most {MAX_QUERY_WORDS} words"),
        };
        self.invalid("q", &text, &expected);
        None
    }

    /// Reads `limit`, the maximum number of items of a page.
    pub fn page_limit(&mut self) -> i64 {
        self.integer("limit", 1..=500, 50)
    }

    /// Reads a boolean; `false` when not given.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.single(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.invalid(name, other, "`true` or `false`");
                false
            }
        }
    }

    /// Reads `bom`: whether a table begins with a byte order mark.
    pub fn wants_byte_order_mark(&mut self) -> bool {
        match self.single("bom").as_deref() {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                self.invalid("bom", other, "`true` or `false`");
                false
            }
        }
    }

    /// Records that a value is not what was expected.
    pub fn invalid(&mut self, name: &str, value: &str, expected: &str) {
        self.add_fault(Fault::invalid_parameter(name, value, expected));
    }

    /// Records a fault.
    pub fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Returns the value of a result, or records its fault.
    pub fn accept<T>(&mut self, result: std::result::Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    /// Refuses parameters that nobody read.
    ///
    /// # Errors
    /// 400 with every fault found.
    pub fn finish(mut self) -> Result<()> {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        for (name, _) in &self.given {
            let facts = vec![("name", name.clone()), ("nearest", nearest_name(name, &known))];
            self.faults.push(Fault::at_parameter(name, ErrorCode::UnknownParameter, facts));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::bad_request(self.faults)) }
    }

    fn take(&mut self, name: &str) -> Vec<String> {
        self.known.push(name.to_owned());
        if !self.given.iter().any(|(given, _)| given == name) {
            return vec![];
        }
        let (taken, left) = std::mem::take(&mut self.given).into_iter().partition(|(given, _)| given == name);
        self.given = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).filter(|value| !value.is_empty()).collect()
    }
}

/// Decodes a query string as `application/x-www-form-urlencoded`, strictly: UTF-8 without U+0000.
pub(super) fn decode_pairs(
    query: &str,
) -> impl Iterator<Item = std::result::Result<(Cow<'_, str>, Cow<'_, str>), Fault>> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode_component(name), decode_component(value)) {
            (Some(name), Some(value)) => Ok((name, value)),
            (decoded, _) => {
                let name = decoded.unwrap_or_else(|| percent_decode_str(name).decode_utf8_lossy());
                Err(Fault::invalid_parameter(&name, value, "text in UTF-8, percent-encoded, without U+0000"))
            }
        }
    })
}

/// Decodes one name or value; none where it is not valid.
fn decode_component(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+', '\0']) && text.is_ascii() {
        return Some(Cow::Borrowed(text));
    }
    let is_whole = text.split('%').skip(1).all(|encoded| {
        encoded.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned);
    decoded.filter(|decoded| is_whole && !decoded.contains('\0')).map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_query_is_decoded_strictly() {
        let read = |query| {
            let all: std::result::Result<Vec<_>, Fault> = decode_pairs(query).collect();
            all.map(|all| all.into_iter().map(|(name, value)| format!("{name}:{value}")).collect::<Vec<_>>())
        };
        assert_eq!(read("%71=a+b%2B&&x&y=%e6%97%a5").unwrap(), ["q:a b+", "x:", "y:日"]);
        for wrong in ["q=%ff", "q=%00", "%00=q", "q=%", "q=%4", "q=%zz", "q=100%&x=1", "q=%E6%97"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_a_form_writes_is_read(given in prop::collection::vec(("[^\0]{1,6}", "[^\0]{0,6}"), 0..5)) {
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(&given).finish();
            let read: std::result::Result<Vec<_>, Fault> = decode_pairs(&query).collect();
            let read: Vec<(String, String)> =
                read.unwrap().into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            prop_assert_eq!(read, given);
        }
    }
}
