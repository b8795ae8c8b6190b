//! Reads the `Change-Comment` request header: the reason for a write.

use super::header_errors;
use crate::domain::errors::problem::Result;
use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

/// The maximum length of a comment, in characters.
const MAX_COMMENT_CHARS: usize = 500;

/// Returns the comment of a write: UTF-8, or an extended value of RFC 8187 (`UTF-8''…`).
///
/// # Errors
/// 400 when it is neither, empty, or too long.
pub fn from_request(request: &HttpRequest) -> Result<Option<String>> {
    const NAME: &str = "Change-Comment";
    let name = HeaderName::from_static("change-comment");
    let Some(value) = request.headers().get(&name) else { return Ok(None) };
    let raw = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let prefix = raw.get(..7).filter(|prefix| prefix.eq_ignore_ascii_case("utf-8''"));
    let text = match prefix.and_then(|_| raw.get(7..)) {
        Some(encoded) => percent_encoding::percent_decode_str(encoded).decode_utf8().ok().map(Into::into),
        None => std::str::from_utf8(value.as_bytes()).ok().map(str::to_owned),
    };
    let text = text.map(|text: String| text.trim().to_owned());
    let fits = |text: &String| {
        (1..=MAX_COMMENT_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    let expected = || format!("1 to {MAX_COMMENT_CHARS} characters of UTF-8");
    let text = text.filter(fits);
    text.map(Some).ok_or_else(|| header_errors::invalid_header_problem(NAME, value.as_bytes(), &expected()))
}
