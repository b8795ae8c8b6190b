//! Errors as callers see them: a problem (RFC 9457) with its faults, each with a stable code and a text in
//! three languages.
//!
//! Never here: HTTP responses (`http::problems`).

pub mod codes;
pub mod fault;
pub mod fault_list;
pub mod problem;
