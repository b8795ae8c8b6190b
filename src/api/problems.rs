//! `explain_error_code`, `answer_not_found`.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::http::problems::response_language;
use crate::http::query_params::QueryParams;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET /problems/{code}`: what a code means, as a small page.
///
/// # Errors
/// 400 for an unknown parameter, 404 for a code that does not exist.
pub async fn explain_error_code(
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    QueryParams::from_request(&request).finish()?;
    let code = ErrorCode::from_text(&code).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let language = response_language(&request);
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
pub async fn answer_not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::new(ErrorCode::NotFound))
}
