//! Identifiers as callers write them: parsed, canonicalised and checked against the gazetteer.
//!
//! `domain::schemes` knows the form of a value. Only the gazetteer knows whether five digits of a `dantai`
//! code lack their check digit or their leading zero.

use super::lookup::{is_known, suggest_codes};
use crate::domain::body_field::{BodyPath, reject_unknown_members, require, require_object, take_member};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::MessageArgs;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::identifier::Identifier;
use crate::domain::schemes::{self, SchemeError};
use serde_json::Value;
use std::borrow::Cow;

/// Returns the canonical form of a valid value, as [`schemes::canonicalise`] does, but refuses five digits of a
/// `dantai` code whose leading zero was lost.
pub fn canonicalise<'a>(scheme: &str, value: &'a str) -> Result<Cow<'a, str>, SchemeError> {
    let canonical = schemes::canonicalise(scheme, value)?;
    if scheme == "dantai" && has_lost_leading_zero(value) {
        return Err(SchemeError::LeadingZeroLost);
    }
    Ok(canonical)
}

/// Whether five digits are a known code without its leading zero: their last digit is then its check digit.
fn has_lost_leading_zero(digits: &str) -> bool {
    if digits.len() != 5 || digits.starts_with('0') {
        return false;
    }
    let whole = format!("0{digits}");
    let is_checked =
        whole.get(..5).and_then(schemes::dantai_check_digit).is_some_and(|digit| whole.ends_with(digit));
    is_checked && is_known("dantai", &whole)
}

/// Parses `scheme:value`. The value is canonicalised where it is valid, and stays as written where it is not.
#[must_use]
pub fn parse_identifier(text: &str) -> Option<Identifier> {
    let Identifier { scheme, value } = Identifier::split(text)?;
    let canonical = canonicalise(&scheme, &value).map(Cow::into_owned);
    Some(Identifier { scheme, value: canonical.unwrap_or(value) })
}

/// Returns the identifier with the canonical value of its scheme.
///
/// # Errors
/// The code and arguments of a fault, with the codes of the gazetteer that may be meant.
pub fn canonicalise_identifier(identifier: Identifier) -> Result<Identifier, (ErrorCode, MessageArgs)> {
    let (code, expected) = match canonicalise(&identifier.scheme, &identifier.value) {
        Ok(value) if schemes::is_well_formed(&identifier.scheme) => {
            return Ok(Identifier { value: value.into_owned(), scheme: identifier.scheme });
        }
        Err(SchemeError::CheckDigit { expected }) => (ErrorCode::BadCheckDigit, expected),
        _ => (ErrorCode::BadIdentifier, String::new()),
    };
    let proposals = suggest_codes(&identifier);
    let Identifier { scheme, value } = identifier;
    Err((code, vec![("expected", expected), ("proposals", proposals), ("scheme", scheme), ("value", value)]))
}

/// Reads an identifier from a body, as `BodyField::read` does for other values.
pub fn read_identifier(
    value: Option<Value>,
    at: &BodyPath<'_>,
    faults: &mut FaultList,
) -> Option<Identifier> {
    let mut members = require_object(value, at, faults)?;
    let mut text = |name: &'static str, faults: &mut FaultList| {
        let at = at.key(name);
        match require(take_member(&mut members, name), &at, faults)? {
            Value::String(text) => Some(text),
            _ => faults.wrong_type(&at, "string"),
        }
    };
    let (scheme, value) = (text("scheme", faults), text("value", faults));
    reject_unknown_members(&members, at, &["scheme", "value"], &[], faults);
    match canonicalise_identifier(Identifier { scheme: scheme?, value: value? }) {
        Ok(identifier) => Some(identifier),
        Err((code, args)) => {
            faults.push(&at.key("value"), code, args);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_leading_zero_is_refused() {
        // Otaru, 012033: without its zero it reads as a code of prefecture 12 that lacks its check digit.
        assert_eq!(canonicalise("dantai", "12033"), Err(SchemeError::LeadingZeroLost));
        assert_eq!(canonicalise("dantai", "13000"), Ok(Cow::Owned("130001".to_owned())));
        assert_eq!(parse_identifier("dantai:12033").map(|code| code.value), Some("12033".to_owned()));
        assert_eq!(parse_identifier("dantai:13000").map(|code| code.value), Some("130001".to_owned()));
    }
}
