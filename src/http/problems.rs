//! Problems as answers (RFC 9457), in the caller's language, and the pages that explain their codes.

use crate::error::{Code, Problem};
use crate::http::cache::Personal;
use crate::http::list_header::{elements, lines, weighted};
use crate::http::params::{self, Params};
use crate::vocabulary::language::Language;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// In English and without a request id: the middleware renders it again with both.
    fn error_response(&self) -> HttpResponse {
        render(self, Language::default(), "")
    }
}

/// The answer of a problem.
#[must_use]
pub fn render(problem: &Problem, language: Language, request_id: &str) -> HttpResponse {
    let mut reply = HttpResponse::build(problem.status_code());
    reply.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    reply
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept-Language"));
    reply.insert_header((header::CACHE_CONTROL, "no-store"));
    if problem.code == Code::Unauthorized {
        reply.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"kakehashi\""));
    }
    if let Some(seconds) = retry_after(problem.code) {
        reply.insert_header((header::RETRY_AFTER, seconds));
    }
    for (name, value) in &problem.headers {
        reply.insert_header((*name, value.as_str()));
    }
    reply.body(problem.json(language, request_id).to_string())
}

/// After how many seconds a refused request had better be tried again, where it may succeed then.
fn retry_after(code: Code) -> Option<&'static str> {
    match code {
        Code::Unavailable | Code::TooManyAtOnce | Code::TooManyBodies => Some("1"),
        Code::Busy => Some("5"),
        Code::TooExpensive => Some("60"),
        _ => None,
    }
}

/// The problem of an error that actix itself answers with.
#[must_use]
pub fn of_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => Code::Timeout,
        StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
        StatusCode::URI_TOO_LONG => Code::UriTooLong,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        status if status.is_client_error() => Code::BadRequest,
        _ => Code::Internal,
    };
    Problem::new(code)
}

/// The language a request asks for: `?lang=` wins over `Accept-Language`. An answer that is made of it is only for those
/// who ask so.
#[must_use]
pub fn language(request: &HttpRequest) -> Language {
    Personal::note(request);
    language_of(request)
}

/// The same, where the answer is told apart already.
pub(super) fn language_of(request: &HttpRequest) -> Language {
    let query = request.query_string();
    let asked = if query.contains("lang") || query.contains('%') {
        params::pairs(query)
            .find_map(|pair| pair.ok().filter(|(name, value)| name == "lang" && !value.is_empty()))
    } else {
        None
    };
    asked.and_then(|(_, tag)| Language::from_tag(&tag)).unwrap_or_else(|| {
        let elements = lines(request.headers(), &header::ACCEPT_LANGUAGE).flat_map(elements);
        let ranges = elements.filter_map(|element| {
            let (range, weight) = weighted(element);
            Some((range, weight?))
        });
        Language::choose(&ranges.collect::<Vec<_>>())
    })
}

/// `GET /problems/{code}`: what a code means, as a small page.
///
/// # Errors
/// 400 for an unknown parameter, 404 for a code that does not exist.
pub async fn page(request: HttpRequest, code: web::Path<String>) -> Result<HttpResponse, Problem> {
    Params::of(&request).finish()?;
    let code = Code::from_text(&code).ok_or_else(|| Problem::new(Code::NotFound))?;
    let language = language(&request);
    let (title, status) = (code.title(language), code.status());
    // What differs from case to case is named, and what is said in some cases only is said.
    let detail = code.template(language).replace("[[", "").replace("]]", "");
    let detail = detail.replace('{', "<var>").replace('}', "</var>");
    let html = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1><p><code>{}</code> · HTTP {status}</p><p>{detail}</p></html>",
        language.tag(),
        code.as_str()
    );
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header((header::VARY, "Accept-Language"))
        .body(html))
}

/// What answers an address that nothing else answers.
///
/// # Errors
/// Always 404.
pub async fn nothing() -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::NotFound))
}
