//! Conditional requests (RFC 9110 section 13): `If-Match` and `If-None-Match`.

use super::header_errors;
use super::list_header::{field_lines, parse_entity_tags};
use crate::domain::errors::problem::Result;
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};

/// The suffix of the `ETag` of a gzip variant.
pub(super) const GZIP_ETAG_SUFFIX: &str = "-gzip";

/// Marks a response that becomes a 304 once its coding is chosen.
pub(super) struct NotModified;

/// The result of evaluating the preconditions of a GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PreconditionResult {
    /// The response is sent.
    Proceed,
    /// 304: the client holds this representation.
    NotModified,
    /// 412: `If-Match` does not match.
    Failed,
}

/// Returns the versions that `If-Match` accepts; an empty list stands for `*`. A weak tag never matches
/// (RFC 9110 section 13.1.1) and becomes version 0.
///
/// # Errors
/// 400 when the field is neither `*` nor a list of entity tags.
pub fn if_match_versions(request: &HttpRequest) -> Result<Option<Vec<i64>>> {
    field_versions(request, &header::IF_MATCH, "If-Match", true)
}

fn field_versions(
    request: &HttpRequest,
    header: &HeaderName,
    name: &'static str,
    strong: bool,
) -> Result<Option<Vec<i64>>> {
    if !request.headers().contains_key(header) {
        return Ok(None);
    }
    let mut versions = Vec::new();
    for line in field_lines(request.headers(), header) {
        if line == "*" {
            return Ok(Some(vec![]));
        }
        let expected = "a strong ETag such as \"7\" or *";
        let tags = parse_entity_tags(line)
            .ok_or_else(|| header_errors::invalid_header_problem(name, line.as_bytes(), expected))?;
        versions.extend(tags.iter().map(|(is_weak, tag)| {
            let version = tag.split('-').next().and_then(|version| version.parse().ok());
            version.filter(|_| !(strong && *is_weak)).unwrap_or(0)
        }));
    }
    Ok(Some(versions))
}

/// Returns the versions that `If-None-Match` refuses on a write; an empty list stands for `*`.
///
/// # Errors
/// 400 when the field is neither `*` nor a list of entity tags.
pub fn if_none_match_versions(request: &HttpRequest) -> Result<Option<Vec<i64>>> {
    field_versions(request, &header::IF_NONE_MATCH, "If-None-Match", false)
}

/// Returns whether a header is `*` or has an entity tag that `fits`.
fn matches_any_tag(request: &HttpRequest, header: &HeaderName, fits: impl Fn(bool, &str) -> bool) -> bool {
    field_lines(request.headers(), header).any(|line| {
        let has = |tags: Vec<(bool, &str)>| tags.iter().any(|(is_weak, tag)| fits(*is_weak, tag));
        line == "*" || parse_entity_tags(line).is_some_and(has)
    })
}

/// Removes the suffix of the gzip variant from a tag.
fn without_gzip_suffix(tag: &str) -> &str {
    tag.strip_suffix(GZIP_ETAG_SUFFIX).unwrap_or(tag)
}

/// Returns whether `If-None-Match` names this representation in any coding (weak comparison).
#[must_use]
pub fn is_not_modified(request: &HttpRequest, etag: &str) -> bool {
    let bare = without_gzip_suffix(etag.trim_start_matches("W/").trim_matches('"'));
    matches_any_tag(request, &header::IF_NONE_MATCH, |_, tag| without_gzip_suffix(tag) == bare)
}

/// Returns whether `If-None-Match` names the gzip variant of this representation.
pub(super) fn is_not_modified_as_gzip(request: &HttpRequest, etag: &str) -> bool {
    let bare = etag.trim_matches('"');
    matches_any_tag(request, &header::IF_NONE_MATCH, |_, tag| {
        tag.strip_suffix(GZIP_ETAG_SUFFIX) == Some(bare)
    })
}

/// Returns whether `If-Match` accepts this representation: its whole tag in any coding, or its version
/// alone (strong comparison).
fn satisfies_if_match(request: &HttpRequest, etag: Option<&str>) -> bool {
    let strong =
        etag.filter(|etag| !etag.starts_with("W/")).map(|etag| without_gzip_suffix(etag.trim_matches('"')));
    matches_any_tag(request, &header::IF_MATCH, |is_weak, tag| {
        let version = strong.and_then(|etag| etag.split('-').next());
        !is_weak && (strong == Some(without_gzip_suffix(tag)) || version == Some(tag))
    })
}

/// Evaluates the preconditions of a GET, `If-Match` first (RFC 9110 section 13.2.2).
pub(super) fn evaluate_preconditions(
    request: &HttpRequest,
    status: StatusCode,
    headers: &HeaderMap,
) -> PreconditionResult {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || status != StatusCode::OK {
        return PreconditionResult::Proceed;
    }
    let etag = headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
    if request.headers().contains_key(header::IF_MATCH) && !satisfies_if_match(request, etag) {
        return PreconditionResult::Failed;
    }
    let is_asked = request.headers().contains_key(header::IF_NONE_MATCH);
    match etag {
        Some(etag) if is_asked && is_not_modified(request, etag) => PreconditionResult::NotModified,
        _ => PreconditionResult::Proceed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn if_match_reads_versions_and_never_a_weak_tag() {
        let versions = |value: &str| {
            if_match_versions(
                &TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request(),
            )
        };
        assert_eq!(versions("\"7-ab\", \"8\"").unwrap(), Some(vec![7, 8]));
        assert_eq!(versions("*").unwrap(), Some(vec![]));
        assert_eq!(versions("W/\"7-ab\"").unwrap(), Some(vec![0]));
        assert!(versions("7").is_err());
    }

    #[test]
    fn a_reader_is_answered_as_its_conditions_say() {
        use PreconditionResult::{Failed, NotModified, Proceed};
        let judged = |etag: Option<&'static str>, given: &[(&'static str, &'static str)]| {
            let request = TestRequest::default();
            let request = given.iter().fold(request, |request, header| request.append_header(*header));
            let mut headers = HeaderMap::new();
            if let Some(etag) = etag {
                headers.insert(header::ETAG, header::HeaderValue::from_static(etag));
            }
            evaluate_preconditions(&request.to_http_request(), StatusCode::OK, &headers)
        };
        let (matching, none) = ("if-match", "if-none-match");
        for (given, expected) in [
            (&[][..], Proceed),
            (&[(none, "\"x\",, \"7-a\"")], NotModified),
            (&[(none, "\"x,y\", W/\"7-a-gzip\"")], NotModified),
            (&[(none, "\"x\""), (none, "\"7-a\"")], NotModified),
            (&[(none, "*")], NotModified),
            (&[(none, "\"7-b\"")], Proceed),
            (&[(none, "\"7\"")], Proceed),
            (&[(matching, "\"7-a\"")], Proceed),
            (&[(matching, "\"7-a-gzip\"")], Proceed),
            (&[(matching, "\"7\"")], Proceed),
            (&[(matching, "*")], Proceed),
            (&[(matching, "\"8\", \"7\"")], Proceed),
            (&[(matching, "W/\"7-a\"")], Failed),
            (&[(matching, "\"6-a\"")], Failed),
            (&[(matching, "\"6-a\""), (none, "\"7-a\"")], Failed),
            (&[(matching, "\"7-a\""), (none, "\"7-a\"")], NotModified),
        ] {
            assert_eq!(judged(Some("\"7-a\""), given), expected, "{given:?}");
        }
        assert_eq!(judged(Some("W/\"7-a\""), &[(matching, "\"7-a\"")]), Failed);
        assert_eq!(judged(Some("W/\"7-a\""), &[(none, "\"7-a\"")]), NotModified);
        assert_eq!(judged(None, &[(matching, "\"7-a\"")]), Failed);
        assert_eq!(judged(None, &[(none, "\"7-a\"")]), Proceed);
    }
}
