//! What the answers of every question have in common: their forms, headers and pages.

use super::table::Sheet;
use crate::error::{Code, Problem, Result};
use crate::formats::csv;
use crate::http::negotiation::Format;
use crate::http::params::Params;
use crate::http::{problems, replies};
use crate::registry::collection::{self, reading, resource};
use crate::vocabulary::language::Language;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde_json::Value;

const READ: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// A resource that is only read.
pub(super) fn read_only<F, Args>(path: &str, handler: F) -> Resource
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    resource(path, READ).route(reading().to(handler))
}

/// Hooks up a resource that is only read.
pub(super) fn serve<F, Args>(config: &mut web::ServiceConfig, path: &str, handler: F)
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    config.service(read_only(path, handler));
}

/// The language of rendered forms.
pub(super) fn language(request: &HttpRequest) -> Language {
    problems::language(request.query_string(), request.headers().get(header::ACCEPT_LANGUAGE))
}

fn varying(mut reply: HttpResponse, fields: &'static str) -> HttpResponse {
    reply.headers_mut().insert(header::VARY, header::HeaderValue::from_static(fields));
    reply
}

/// The same answer where there are other forms of it.
pub(super) fn among(reply: HttpResponse) -> HttpResponse {
    varying(reply, "Accept")
}

/// JSON.
pub(super) fn json(request: &HttpRequest, body: &Value) -> HttpResponse {
    let body = body.to_string();
    let etag = format!("\"{}\"", replies::digest(body.as_bytes()));
    replies::cacheable(request, &etag, body)
}

/// A table in the language asked for.
///
/// # Errors
/// 500 when a row is not as long as the headings.
pub(super) fn sheet(request: &HttpRequest, sheet: &Sheet, mark: bool) -> Result<HttpResponse> {
    let language = language(request);
    let (headings, rows) = sheet.render(language);
    let body = csv::table(mark, &headings, &rows).map_err(|_| Problem::new(Code::Internal))?;
    rendered(request, Format::Csv, body)
}

/// An answer in a form whose words are in the language asked for.
///
/// # Errors
/// 500 when it is not UTF-8.
pub(super) fn rendered(request: &HttpRequest, format: Format, body: Vec<u8>) -> Result<HttpResponse> {
    let body = String::from_utf8(body).map_err(|_| Problem::new(Code::Internal))?;
    let etag = format!("\"{}\"", replies::digest(body.as_bytes()));
    let mut reply = replies::cacheable(request, &etag, body);
    for (name, value) in
        [(header::CONTENT_TYPE, format.content_type()), (header::CONTENT_LANGUAGE, language(request).tag())]
    {
        reply.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    Ok(varying(reply, "Accept, Accept-Language"))
}

/// The address of the page after a position of this list.
pub(super) fn next(
    request: &HttpRequest,
    sealer: &crate::http::cursor::Sealer,
    payload: &str,
    limit: i64,
) -> String {
    let context = collection::context(request);
    let cursor = sealer.seal(&context, payload);
    let join = if context.contains('?') { '&' } else { '?' };
    format!("{context}{join}limit={limit}&cursor={cursor}")
}

/// The position that the cursor of a request names.
pub(super) fn after<T: serde::de::DeserializeOwned>(
    request: &HttpRequest,
    sealer: &crate::http::cursor::Sealer,
    params: &mut Params,
) -> Option<T> {
    let cursor = params.one("cursor")?;
    let position = sealer.open(&collection::context(request), &cursor);
    let position = position.and_then(|payload| serde_json::from_str(&payload).ok());
    if position.is_none() {
        params.fault(crate::error::Fault::parameter("cursor", Code::InvalidCursor, vec![]));
    }
    position
}

/// The same answer with a `Link` to the next page.
pub(super) fn linked(mut reply: HttpResponse, next: Option<String>) -> HttpResponse {
    if let Some(next) = next {
        replies::link(&mut reply, &next, "next");
    }
    reply
}
