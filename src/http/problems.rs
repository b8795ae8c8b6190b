//! Problem responses (RFC 9457) in the caller's language.

use super::list_header::{elements, field_lines, split_weight};
use super::query_params;
use super::response_cache::CallerSpecific;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// In English and without a request id: the middleware renders the problem again with both.
    fn error_response(&self) -> HttpResponse {
        problem_response(self, Language::default(), "")
    }
}

/// Builds the response of a problem.
#[must_use]
pub fn problem_response(problem: &Problem, language: Language, request_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(problem.status_code());
    response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    response
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept-Language"));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if problem.code == ErrorCode::Unauthorized {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"kakehashi\""));
    }
    if let Some(seconds) = retry_after_seconds(problem.code) {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    for (name, value) in &problem.headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(problem.to_json(language, request_id).to_string())
}

/// Returns `Retry-After` in seconds for refusals that may succeed later.
fn retry_after_seconds(code: ErrorCode) -> Option<&'static str> {
    match code {
        ErrorCode::Unavailable | ErrorCode::TooManyAtOnce | ErrorCode::TooManyBodies => Some("1"),
        ErrorCode::Busy => Some("5"),
        ErrorCode::TooExpensive => Some("60"),
        _ => None,
    }
}

/// Returns the problem for an error that actix-web answers itself.
#[must_use]
pub fn from_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => ErrorCode::Timeout,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
        StatusCode::URI_TOO_LONG => ErrorCode::UriTooLong,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Unavailable,
        status if status.is_client_error() => ErrorCode::BadRequest,
        _ => ErrorCode::Internal,
    };
    Problem::new(code)
}

/// Returns the language of the response: `?lang=` wins over `Accept-Language`. Marks the response as
/// specific to the caller.
#[must_use]
pub fn response_language(request: &HttpRequest) -> Language {
    CallerSpecific::mark(request);
    requested_language(request)
}

/// As [`response_language`], for responses whose cache key has the language already.
pub(super) fn requested_language(request: &HttpRequest) -> Language {
    let query = request.query_string();
    let asked = if query.contains("lang") || query.contains('%') {
        query_params::decode_pairs(query)
            .find_map(|pair| pair.ok().filter(|(name, value)| name == "lang" && !value.is_empty()))
    } else {
        None
    };
    asked.and_then(|(_, tag)| Language::from_tag(&tag)).unwrap_or_else(|| {
        let elements = field_lines(request.headers(), &header::ACCEPT_LANGUAGE).flat_map(elements);
        let ranges = elements.filter_map(|element| {
            let (range, weight) = split_weight(element);
            Some((range, weight?))
        });
        Language::negotiate(&ranges.collect::<Vec<_>>())
    })
}
