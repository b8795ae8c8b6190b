//! Preconditions (RFC 9110 section 13): `If-Match` before a write, `If-None-Match` on reading and creating.

use super::coding::SUFFIX;
use crate::error::{Code, Fault, Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};

/// The field values of a header, joined as RFC 9110 says.
pub(super) fn field(request: &HttpRequest, name: &HeaderName) -> Option<String> {
    let values: Vec<&str> = request.headers().get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn misfit(name: &'static str, value: &str) -> Problem {
    let facts = vec![("value", value.to_owned()), ("expected", "a strong ETag such as \"7\" or *".into())];
    Problem::bad_request(vec![Fault::header(name, Code::InvalidHeader, facts)])
}

/// The versions that `If-Match` admits: an empty list is `*`. A weak tag never matches (RFC 9110 13.1.1): version 0.
///
/// # Errors
/// 400 when the field is neither `*` nor a list of `ETags`.
pub fn if_match(request: &HttpRequest) -> Result<Option<Vec<i64>>> {
    versions(request, &header::IF_MATCH, "If-Match", true)
}

fn versions(
    request: &HttpRequest,
    header: &HeaderName,
    name: &'static str,
    strong: bool,
) -> Result<Option<Vec<i64>>> {
    let Some(value) = field(request, header) else { return Ok(None) };
    if value.trim() == "*" {
        return Ok(Some(vec![]));
    }
    let tags = tags(&value).ok_or_else(|| misfit(name, &value))?;
    let version = |(weak, tag): &(bool, String)| {
        let version = tag.split('-').next().and_then(|version| version.parse().ok());
        version.filter(|_| !(strong && *weak)).unwrap_or(0)
    };
    Ok(Some(tags.iter().map(version).collect()))
}

/// The versions that `If-None-Match` refuses on a write: an empty list is `*`, any.
///
/// # Errors
/// 400 when the field is neither `*` nor a list of `ETags`.
pub fn if_none_match(request: &HttpRequest) -> Result<Option<Vec<i64>>> {
    versions(request, &header::IF_NONE_MATCH, "If-None-Match", false)
}

/// Whether `If-None-Match` says that the caller has this representation already, in whatever coding (weak comparison).
#[must_use]
pub fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let bare = etag.trim_start_matches("W/").trim_matches('"');
    field(request, &header::IF_NONE_MATCH).is_some_and(|value| {
        value.trim() == "*"
            || tags(&value)
                .is_some_and(|tags| tags.iter().any(|(_, tag)| tag.trim_end_matches(SUFFIX) == bare))
    })
}

/// The `ETags` of a list, each with whether it is weak.
fn tags(value: &str) -> Option<Vec<(bool, String)>> {
    let one = |tag: &str| {
        let tag = tag.trim();
        let (weak, tag) = tag.strip_prefix("W/").map_or((false, tag), |tag| (true, tag));
        let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
        (!tag.contains('"')).then(|| (weak, tag.to_owned()))
    };
    value.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn if_match_reads_versions_and_never_a_weak_tag() {
        let versions = |value: &str| {
            if_match(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request())
        };
        assert_eq!(versions("\"7-ab\", \"8\"").unwrap(), Some(vec![7, 8]));
        assert_eq!(versions("*").unwrap(), Some(vec![]));
        assert_eq!(versions("W/\"7-ab\"").unwrap(), Some(vec![0]));
        assert!(versions("7").is_err());
    }
}
