//! `GET /problems/{code}`: the meaning of an error code; and the 404 of unknown paths.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::http::problems::response_language;
use crate::http::query_params::QueryParams;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// Responds with a small HTML page about an error code.
///
/// # Errors
/// `NotFound` for an unknown code.
pub async fn explain_error_code(
    request: HttpRequest,
    code: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    QueryParams::from_request(&request).finish()?;
    let code = ErrorCode::from_text(&code).ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    let language = response_language(&request);
    let (title, status) = (code.title(language), code.status());
    // Arguments are shown by name, and optional parts (`[[…]]`) are included.
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

/// The default handler, for paths without a route.
///
/// # Errors
/// `NotFound`, always.
pub async fn answer_not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::new(ErrorCode::NotFound))
}
