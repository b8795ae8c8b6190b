//! One validation error, with its code and the JSON Pointer, parameter or header it is about.

use super::codes::ErrorCode;
use crate::domain::language::Language;
use crate::util::truncate::truncate;
use serde_json::Value;

/// Longest location in a response, in characters: the names of members are the caller's.
const MAX_LOCATION_CHARS: usize = 500;

/// Named values that a message mentions.
pub type MessageArgs = Vec<(&'static str, String)>;

/// The part of a request that an error is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultLocation {
    /// A member of the body, as a JSON Pointer (RFC 6901).
    Pointer(String),
    /// A query parameter.
    Parameter(String),
    /// A header field.
    Header(&'static str),
}

/// One validation error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where the error is.
    pub location: FaultLocation,
    /// Its stable code.
    pub code: ErrorCode,
    /// The values that its message mentions.
    pub args: MessageArgs,
    /// JSON Pointers of the citations concerned.
    pub citations: Vec<String>,
}

impl Fault {
    /// Returns an error in a member of the body.
    pub fn at_pointer(pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Pointer(pointer.into()), code, args, citations: vec![] }
    }

    /// Returns an error in a query parameter.
    pub fn at_parameter(name: impl Into<String>, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Parameter(name.into()), code, args, citations: vec![] }
    }

    /// Returns the error of a query parameter whose value is not the expected one.
    #[must_use]
    pub fn invalid_parameter(name: &str, value: &str, expected: &str) -> Self {
        let args = vec![("value", value.into()), ("expected", expected.into())];
        Self::at_parameter(name, ErrorCode::InvalidParameter, args)
    }

    /// Returns an error in a header field.
    #[must_use]
    pub fn at_header(name: &'static str, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Header(name), code, args, citations: vec![] }
    }

    /// Returns the error as an item of `errors` (of a problem) or `warnings` (of a record).
    #[must_use]
    pub fn to_json(&self, language: Language) -> Value {
        let (name, place) = match &self.location {
            FaultLocation::Pointer(pointer) => ("pointer", pointer.as_str()),
            FaultLocation::Parameter(parameter) => ("parameter", parameter.as_str()),
            FaultLocation::Header(header) => ("header", *header),
        };
        let mut fault = serde_json::json!({
            name: truncate(place, MAX_LOCATION_CHARS), "code": self.code.as_str(), "detail": self.code.detail(language, &self.args)
        });
        if let (Value::Object(fault), false) = (&mut fault, self.citations.is_empty()) {
            fault.insert("citations".into(), self.citations.clone().into());
        }
        fault
    }
}
