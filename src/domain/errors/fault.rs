//! One validation error, with its code and JSON Pointer, parameter or header.

use super::codes::ErrorCode;
use crate::domain::language::Language;
use crate::util::truncate::truncate;
use serde_json::Value;

/// Named values that a sentence of the catalogue mentions.
pub type MessageArgs = Vec<(&'static str, String)>;

/// The part of a request that a fault is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultLocation {
    /// A member of the body, as a JSON Pointer (RFC 6901).
    Pointer(String),
    /// A query parameter.
    Parameter(String),
    /// A header field.
    Header(&'static str),
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is wrong.
    pub location: FaultLocation,
    /// What is wrong.
    pub code: ErrorCode,
    /// The values its sentence mentions.
    pub args: MessageArgs,
    /// The citations that it concerns, as JSON Pointers.
    pub citations: Vec<String>,
}

impl Fault {
    /// A fault of a member of the body.
    pub fn at_pointer(pointer: impl Into<String>, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Pointer(pointer.into()), code, args, citations: vec![] }
    }

    /// A fault of a query parameter.
    pub fn at_parameter(name: impl Into<String>, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Parameter(name.into()), code, args, citations: vec![] }
    }

    /// A parameter whose value is not what is expected.
    #[must_use]
    pub fn invalid_parameter(name: &str, value: &str, expected: &str) -> Self {
        let facts = vec![("value", value.into()), ("expected", expected.into())];
        Self::at_parameter(name, ErrorCode::InvalidParameter, facts)
    }

    /// A fault of a header field.
    #[must_use]
    pub fn at_header(name: &'static str, code: ErrorCode, args: MessageArgs) -> Self {
        Self { location: FaultLocation::Header(name), code, args, citations: vec![] }
    }

    /// The fault as a member of `errors` (a problem's) or `warnings` (a record's).
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

/// The longest place of a fault, in characters: names of members are the caller's.
const MAX_LOCATION_CHARS: usize = 500;
