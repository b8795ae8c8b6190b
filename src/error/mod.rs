//! What can go wrong, as a caller sees it: a [`Problem`] (RFC 9457) made of [`Fault`]s, each with a stable [`ErrorCode`].

mod catalogue;
mod faults;

pub use catalogue::ErrorCode;
pub use faults::{FaultList, MAX_REPORTED_FAULTS};

use crate::vocabulary::language::Language;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The result of everything that may answer with a problem.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

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

/// At most so many characters of a text, with a mark where more follow.
#[must_use]
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// A refused request: status and code, every fault found, and what helps to go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.as_str(), code.detail(Language::En, args))]
pub struct Problem {
    /// The code that decides status, title and page.
    pub code: ErrorCode,
    /// The values its sentence mentions.
    pub args: MessageArgs,
    /// The faults, in the order found.
    pub faults: FaultList,
    /// Further members of the document (`existing`, `current_version`, …).
    pub extra_members: Map<String, Value>,
    /// Header fields that say more (`Accept-Patch`, …).
    pub headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem that its code alone describes.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let (args, faults) = (Vec::new(), FaultList::default());
        Self { code, args, faults, extra_members: Map::new(), headers: Vec::new() }
    }

    /// A body whose members are at fault (422).
    #[must_use]
    pub fn invalid(faults: impl Into<FaultList>) -> Self {
        Self { faults: faults.into(), ..Self::new(ErrorCode::Invalid) }
    }

    /// A request whose parameters or headers are at fault (400).
    #[must_use]
    pub fn bad_request(faults: impl Into<FaultList>) -> Self {
        Self { faults: faults.into(), ..Self::new(ErrorCode::BadRequest) }
    }

    /// The same problem with a value for its sentence.
    #[must_use]
    pub fn with_arg(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// The same problem with a further member in its document.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra_members.insert(name.into(), value.into());
        self
    }

    /// Tells at most so many of its faults, and how many others there are.
    pub fn limit_faults(&mut self, most: usize) {
        self.faults.truncate(most);
    }

    /// The same problem with a header field that says more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The document of RFC 9457, in `language`.
    #[must_use]
    pub fn to_json(&self, language: Language, request_id: &str) -> Value {
        let mut body = serde_json::json!({
            "type": format!("/problems/{}", self.code.as_str()),
            "title": self.code.title(language),
            "status": self.code.status(),
            "detail": self.code.detail(language, &self.args),
            "code": self.code.as_str(),
        });
        if let Value::Object(body) = &mut body {
            if !self.faults.is_empty() {
                let faults =
                    self.faults.reported().iter().map(|fault| fault.to_json(language)).collect::<Vec<_>>();
                if !faults.is_empty() {
                    body.insert("errors".into(), faults.into());
                }
                if self.faults.omitted() > 0 {
                    body.insert("errors_omitted".into(), self.faults.omitted().into());
                }
            }
            body.extend(self.extra_members.clone());
            body.insert("request_id".into(), request_id.into());
        }
        body
    }
}
