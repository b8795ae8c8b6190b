//! Problem details (RFC 9457): the error response of a request.

use super::codes::ErrorCode;
use super::fault::MessageArgs;
use super::fault_list::FaultList;
use crate::domain::language::Language;
use serde_json::{Map, Value};

/// The result of an operation that may fail with a problem.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A failed request: its code, every validation error found, and hints on how to go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", code.as_str(), code.detail(Language::En, args))]
pub struct Problem {
    /// Decides status, title and type.
    pub code: ErrorCode,
    /// The values that its message mentions.
    pub args: MessageArgs,
    /// The validation errors, in the order found.
    pub faults: FaultList,
    /// Further members of the document (`existing`, `current_version`, …).
    pub extra_members: Map<String, Value>,
    /// Further header fields of the response (`Accept-Patch`, …).
    pub headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// Returns a problem without details.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        let (args, faults) = (Vec::new(), FaultList::default());
        Self { code, args, faults, extra_members: Map::new(), headers: Vec::new() }
    }

    /// Returns the problem of a body with validation errors (422).
    #[must_use]
    pub fn invalid(faults: impl Into<FaultList>) -> Self {
        Self { faults: faults.into(), ..Self::new(ErrorCode::Invalid) }
    }

    /// Returns the problem of wrong parameters or headers (400).
    #[must_use]
    pub fn bad_request(faults: impl Into<FaultList>) -> Self {
        Self { faults: faults.into(), ..Self::new(ErrorCode::BadRequest) }
    }

    /// Adds a value for the message.
    #[must_use]
    pub fn with_arg(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Adds a member to the document.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra_members.insert(name.into(), value.into());
        self
    }

    /// Lists at most `max_reported` of its errors, and counts the others.
    pub fn limit_faults(&mut self, max_reported: usize) {
        self.faults.truncate(max_reported);
    }

    /// Adds a header field to the response.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns the JSON document of RFC 9457, in `language`.
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
