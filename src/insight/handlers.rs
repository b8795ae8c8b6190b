//! What the answers of every question have in common: their forms, headers and pages.

use super::table::Table;
use crate::error::{ErrorCode, Problem, Result};
use crate::formats::csv;
use crate::http::cursor::CursorSigner;
use crate::http::negotiation::MediaFormat;
use crate::http::params::QueryParams;
use crate::http::{problems, replies};
use crate::registry::collection::{self, get_or_head, resource_with_methods};
use crate::vocabulary::language::Language;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde_json::{Value, json};

const READ_METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::OPTIONS];

/// A resource that is only read.
pub(super) fn get_resource<F, Args>(path: &str, handler: F) -> Resource
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    resource_with_methods(path, READ_METHODS).route(get_or_head().to(handler))
}

/// Hooks up a resource that is only read.
pub(super) fn add_get_route<F, Args>(config: &mut web::ServiceConfig, path: &str, handler: F)
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    config.service(get_resource(path, handler));
}

/// The language of a rendered form. JSON has none, so it asks for none: it is the same for everybody.
pub(super) fn rendering_language(request: &HttpRequest, format: MediaFormat) -> Language {
    if format == MediaFormat::Json { Language::default() } else { problems::response_language(request) }
}

/// An answer that is finished where it is read, beside the threads that answer: its bytes, and what is said of them.
#[derive(Debug)]
pub(super) struct RenderedResponse {
    text: String,
    etag: String,
    /// The form and its language; none for JSON.
    format: Option<(MediaFormat, Language)>,
    /// The address of the page after it.
    next: Option<String>,
}

impl RenderedResponse {
    fn with_etag(text: String, format: Option<(MediaFormat, Language)>) -> Self {
        let etag = format!("\"{}\"", replies::xxh3_hex(text.as_bytes()));
        Self { text, etag, format, next: None }
    }

    /// JSON.
    pub(super) fn json(body: &Value) -> Self {
        Self::with_etag(body.to_string(), None)
    }

    /// A page of a list.
    pub(super) fn json_page(items: &[Value], limit: i64, next: Option<String>, total: Option<i64>) -> Self {
        let mut page = json!({"limit": limit});
        if let Value::Object(page) = &mut page {
            page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
            page.extend(total.map(|total| ("total".to_owned(), total.into())));
        }
        Self::json(&json!({"items": items, "page": page})).with_next_page(next)
    }

    /// A table in a language.
    ///
    /// # Errors
    /// 500 when a row is not as long as the headings.
    pub(super) fn csv_table(sheet: &Table, language: Language, dialect: csv::Dialect) -> Result<Self> {
        let (headings, rows) = sheet.render(language);
        let body =
            csv::to_csv_bytes(dialect, &headings, &rows).map_err(|_| Problem::new(ErrorCode::Internal))?;
        Self::localized(MediaFormat::Csv, language, body)
    }

    /// A form whose words are in a language.
    ///
    /// # Errors
    /// 500 when it is not UTF-8.
    pub(super) fn localized(format: MediaFormat, language: Language, body: Vec<u8>) -> Result<Self> {
        let text = String::from_utf8(body).map_err(|_| Problem::new(ErrorCode::Internal))?;
        Ok(Self::with_etag(text, Some((format, language))))
    }

    /// The same, with a page after it.
    pub(super) fn with_next_page(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }

    /// The answer. It varies where there are other forms of it.
    pub(super) fn into_response(self, has_other_formats: bool) -> HttpResponse {
        let mut reply = replies::json_with_etag(&self.etag, self.text);
        if let Some((format, language)) = self.format {
            for (name, value) in
                [(header::CONTENT_TYPE, format.content_type()), (header::CONTENT_LANGUAGE, language.tag())]
            {
                reply.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            replies::set_vary(&mut reply, "Accept, Accept-Language");
        } else if has_other_formats {
            replies::set_vary(&mut reply, "Accept");
        }
        if let Some(next) = self.next {
            replies::add_link(&mut reply, &next, "next");
        }
        reply
    }
}

/// The pages of a list: where they are asked for, and how their cursors are sealed.
#[derive(Clone)]
pub(super) struct PageLinks {
    context: String,
    signer: CursorSigner,
    /// The most items of a page.
    pub(super) limit: i64,
}

impl PageLinks {
    /// The pages of this list.
    pub(super) fn for_request(request: &HttpRequest, sealer: &CursorSigner, limit: i64) -> Self {
        Self { context: collection::cursor_context(request), signer: sealer.clone(), limit }
    }

    /// The address of the page after a position, if there is one.
    ///
    /// # Errors
    /// 500 when the position cannot be written as JSON.
    pub(super) fn next_link<T: serde::Serialize>(&self, position: Option<T>) -> Result<Option<String>> {
        let Some(position) = position else { return Ok(None) };
        let payload = serde_json::to_string(&position).map_err(|error| {
            log::error!("the position after a page of {} cannot be written: {error}", self.context);
            Problem::new(ErrorCode::Internal)
        })?;
        let (context, limit) = (&self.context, self.limit);
        let cursor = self.signer.sign(context, &payload);
        let join = if context.contains('?') { '&' } else { '?' };
        Ok(Some(format!("{context}{join}limit={limit}&cursor={cursor}")))
    }
}

/// The position that the cursor of a request names.
pub(super) fn read_cursor<T: serde::de::DeserializeOwned>(
    request: &HttpRequest,
    sealer: &CursorSigner,
    params: &mut QueryParams,
) -> Option<T> {
    let cursor = params.single("cursor")?;
    let position = sealer.verify(&collection::cursor_context(request), &cursor);
    let position = position.and_then(|payload| serde_json::from_str(&payload).ok());
    if position.is_none() {
        params.add_fault(crate::error::Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![]));
    }
    position
}
