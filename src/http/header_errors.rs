//! Problems of malformed request header fields.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;

/// Returns the fault of a header field: its value, and what was expected.
pub(super) fn invalid_header(name: &'static str, value: &[u8], expected: &str) -> Fault {
    let value = String::from_utf8_lossy(value).into_owned();
    let facts = vec![("value", value), ("expected", expected.into())];
    Fault::at_header(name, ErrorCode::InvalidHeader, facts)
}

/// Returns the 400 for one malformed header field.
pub(super) fn invalid_header_problem(name: &'static str, value: &[u8], expected: &str) -> Problem {
    Problem::bad_request(vec![invalid_header(name, value, expected)])
}
