//! Validates request headers: a malformed one is a 400 that names it, so that later readers can rely on the
//! form.

use super::base_url;
use super::header_errors::{invalid_header, invalid_header_problem};
use super::list_header::{
    elements, field_lines, is_balanced, parse_entity_tags, split_parameters, split_weight,
};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The form that a header field must have.
#[derive(Clone, Copy)]
enum HeaderRule {
    /// Once, visible ASCII characters.
    Single,
    /// Once; its reader decides on the characters.
    SingleAnyText,
    /// A list whose elements have weights.
    WeightedList,
    /// `*`, or a list of entity tags.
    EntityTags,
    /// A list.
    List,
}

/// Returns the name and form of a header field that is validated.
fn header_rule(name: &HeaderName) -> Option<(&'static str, HeaderRule)> {
    Some(match name.as_str() {
        "accept" => ("Accept", HeaderRule::WeightedList),
        "accept-encoding" => ("Accept-Encoding", HeaderRule::WeightedList),
        "accept-language" => ("Accept-Language", HeaderRule::WeightedList),
        "authorization" => ("Authorization", HeaderRule::Single),
        "change-comment" => ("Change-Comment", HeaderRule::SingleAnyText),
        "content-encoding" => ("Content-Encoding", HeaderRule::List),
        "content-type" => ("Content-Type", HeaderRule::Single),
        "idempotency-key" => ("Idempotency-Key", HeaderRule::Single),
        "if-match" => ("If-Match", HeaderRule::EntityTags),
        "if-none-match" => ("If-None-Match", HeaderRule::EntityTags),
        "last-event-id" => ("Last-Event-ID", HeaderRule::Single),
        _ => return None,
    })
}

/// Validates all such header fields.
///
/// # Errors
/// 400 that names the fields.
pub(super) fn check_headers(request: &HttpRequest) -> Result<()> {
    let mut faults: Vec<Fault> = base_url::check_host_fields(request).err().into_iter().collect();
    let headers = request.headers();
    for (name, value) in headers {
        if let Some((title, rule)) = header_rule(name)
            && let Err(expected) = check_field(headers, name, value, rule)
        {
            faults.push(invalid_header(title, value.as_bytes(), expected));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    // The map of the fields has no order.
    faults.sort_by(|one, other| one.location.cmp(&other.location));
    faults.dedup_by(|one, other| one.location == other.location);
    Err(Problem::bad_request(faults))
}

fn check_field(
    headers: &HeaderMap,
    name: &HeaderName,
    value: &HeaderValue,
    rule: HeaderRule,
) -> std::result::Result<(), &'static str> {
    let is_once = matches!(rule, HeaderRule::Single | HeaderRule::SingleAnyText);
    if is_once && headers.get_all(name).nth(1).is_some() {
        return Err("a field that is given once only");
    }
    if matches!(rule, HeaderRule::SingleAnyText) {
        return Ok(());
    }
    let text = value.to_str().map_err(|_| "visible ASCII characters")?;
    match rule {
        HeaderRule::WeightedList if !is_balanced(text) => Err("quoted strings that end"),
        HeaderRule::WeightedList if elements(text).any(|element| split_weight(element).1.is_none()) => {
            Err("weights from `q=0` to `q=1`")
        }
        HeaderRule::EntityTags => {
            let is_any = text == "*" && headers.get_all(name).nth(1).is_none();
            let is_list = is_any || parse_entity_tags(text).is_some_and(|_| !has_no_elements(headers, name));
            if is_list { Ok(()) } else { Err("a strong ETag such as \"7\" or *") }
        }
        _ => Ok(()),
    }
}

/// Returns whether a list-valued field has no element.
fn has_no_elements(headers: &HeaderMap, name: &HeaderName) -> bool {
    field_lines(headers, name).all(|line| elements(line).next().is_none())
}

/// Returns the value of a field that may be given once.
///
/// # Errors
/// 400 when it is given twice, or is not visible ASCII.
pub fn single_text<'a>(
    request: &'a HttpRequest,
    name: &HeaderName,
    title: &'static str,
) -> Result<Option<&'a str>> {
    let Some(value) = request.headers().get(name) else { return Ok(None) };
    check_field(request.headers(), name, value, HeaderRule::Single)
        .map_err(|expected| invalid_header_problem(title, value.as_bytes(), expected))?;
    Ok(value.to_str().ok())
}

/// Returns the media type of the body, in lower case without parameters; empty where none is given.
#[must_use]
pub fn body_media_type(headers: &HeaderMap) -> String {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    split_parameters(given).0.to_ascii_lowercase()
}

/// Returns the content codings of the body in the order they were applied, in lower case, without
/// `identity`.
#[must_use]
pub fn body_codings(headers: &HeaderMap) -> Vec<String> {
    let all = field_lines(headers, &header::CONTENT_ENCODING).flat_map(elements).map(str::to_ascii_lowercase);
    all.filter(|coding| coding != "identity").collect()
}

/// Returns the 415 for a body of another media type.
#[must_use]
pub fn unsupported_type(request: &HttpRequest, types: &str) -> Problem {
    let problem = Problem::new(ErrorCode::UnsupportedMediaType)
        .with_arg("expected", types)
        .with_header("accept", types);
    match *request.method() {
        Method::PATCH => problem.with_header("accept-patch", types),
        Method::POST => problem.with_header("accept-post", types),
        _ => problem,
    }
}

/// Returns the 415 for a body in another content coding.
#[must_use]
pub fn unsupported_coding(types: &str, codings: &str) -> Problem {
    let expected = format!("{types} ({codings})");
    Problem::new(ErrorCode::UnsupportedMediaType)
        .with_arg("expected", expected)
        .with_header("accept-encoding", codings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn checked(fields: &[(&'static str, &str)]) -> Result<()> {
        let request = TestRequest::default().insert_header(("host", "registry.example"));
        // A character is a byte.
        let request = fields.iter().fold(request, |request, (name, value)| {
            let bytes: Vec<u8> =
                value.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
            request.append_header((*name, HeaderValue::from_bytes(&bytes).unwrap()))
        });
        check_headers(&request.to_http_request())
    }

    #[test]
    fn what_decides_is_well_formed_or_refused() {
        for fields in [
            &[][..],
            &[("accept", "*/*"), ("accept", "text/csv;q=.5")],
            &[("accept", "a/b;x=\"1,2;q=7\"")],
            &[("if-match", "*")],
            &[("if-none-match", "\"a\", W/\"b,c\""), ("if-none-match", "\"d\"")],
            &[("if-none-match", "\"a\""), ("if-none-match", "")],
            &[("change-comment", "\u{C3}\u{A9}t\u{C3}\u{A9}")],
            &[("x-anything", "\u{FF}"), ("x-anything", "")],
            &[("range", "bytes=0-1")],
        ] {
            assert_eq!(checked(fields), Ok(()), "{fields:?}");
        }
        for fields in [
            &[("accept", "text/csv;q=2")][..],
            &[("accept", "text/csv;q=x")],
            &[("accept", "a/b;x=\"1")],
            &[("accept", "*/*"), ("accept", "\u{E9}")],
            &[("accept-encoding", "gzip;q=-1")],
            &[("accept-language", "fr;q=1.5")],
            &[("accept-language", "fran\u{E7}ais")],
            &[("authorization", "Bearer a"), ("authorization", "Bearer a")],
            &[("authorization", "Bearer \u{E9}")],
            &[("idempotency-key", "a"), ("idempotency-key", "a")],
            &[("idempotency-key", "\u{E9}")],
            &[("content-type", "application/json"), ("content-type", "application/json")],
            &[("content-encoding", "\u{E9}")],
            &[("change-comment", "a"), ("change-comment", "b")],
            &[("last-event-id", "\u{E9}")],
            &[("if-match", "7")],
            &[("if-match", "*, \"7\"")],
            &[("if-match", "*"), ("if-match", "*")],
            &[("if-match", "")],
            &[("if-none-match", "\"\u{E9}\"")],
        ] {
            let problem = checked(fields).unwrap_err();
            let place = problem
                .faults
                .reported()
                .first()
                .map(|fault| fault.to_json(crate::domain::language::Language::En));
            let name = fields.first().map(|(name, _)| *name).unwrap_or_default();
            let header = place.unwrap()["header"].as_str().unwrap().to_lowercase();
            assert_eq!((problem.code, header.as_str()), (ErrorCode::BadRequest, name), "{fields:?}");
        }
    }

    #[test]
    fn codings_and_types_are_read_in_any_case() {
        let headers = |name: &'static str, value: &'static str| {
            let request = TestRequest::default().insert_header((name, value));
            request.to_http_request().headers().clone()
        };
        for none in ["identity", "Identity", "", ", identity,"] {
            assert!(body_codings(&headers("content-encoding", none)).is_empty(), "{none}");
        }
        assert_eq!(body_codings(&headers("content-encoding", "GZIP, identity, br")), ["gzip", "br"]);
        for json in ["application/json", "Application/JSON ; charset=\"utf-8\"", "application/json;"] {
            assert_eq!(body_media_type(&headers("content-type", json)), "application/json");
        }
    }
}
