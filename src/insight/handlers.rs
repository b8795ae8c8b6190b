//! What the answers of every question have in common: their forms, headers and pages.

use super::table::Sheet;
use crate::error::{Code, Problem, Result};
use crate::formats::csv;
use crate::http::cursor::Sealer;
use crate::http::negotiation::Format;
use crate::http::params::Params;
use crate::http::{problems, replies};
use crate::registry::collection::{self, reading, resource};
use crate::vocabulary::language::Language;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde_json::{Value, json};

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

/// The language of a rendered form. JSON has none, so it asks for none: it is the same for everybody.
pub(super) fn language(request: &HttpRequest, format: Format) -> Language {
    if format == Format::Json { Language::default() } else { problems::language(request) }
}

/// An answer that is finished where it is read, beside the threads that answer: its bytes, and what is said of them.
#[derive(Debug)]
pub(super) struct Body {
    text: String,
    etag: String,
    /// The form and its language; none for JSON.
    form: Option<(Format, Language)>,
    /// The address of the page after it.
    next: Option<String>,
}

impl Body {
    fn of(text: String, form: Option<(Format, Language)>) -> Self {
        let etag = format!("\"{}\"", replies::digest(text.as_bytes()));
        Self { text, etag, form, next: None }
    }

    /// JSON.
    pub(super) fn json(body: &Value) -> Self {
        Self::of(body.to_string(), None)
    }

    /// A page of a list.
    pub(super) fn page(items: &[Value], limit: i64, next: Option<String>, total: Option<i64>) -> Self {
        let mut page = json!({"limit": limit});
        if let Value::Object(page) = &mut page {
            page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
            page.extend(total.map(|total| ("total".to_owned(), total.into())));
        }
        Self::json(&json!({"items": items, "page": page})).followed_by(next)
    }

    /// A table in a language.
    ///
    /// # Errors
    /// 500 when a row is not as long as the headings.
    pub(super) fn sheet(sheet: &Sheet, language: Language, dialect: csv::Dialect) -> Result<Self> {
        let (headings, rows) = sheet.render(language);
        let body = csv::table(dialect, &headings, &rows).map_err(|_| Problem::new(Code::Internal))?;
        Self::rendered(Format::Csv, language, body)
    }

    /// A form whose words are in a language.
    ///
    /// # Errors
    /// 500 when it is not UTF-8.
    pub(super) fn rendered(format: Format, language: Language, body: Vec<u8>) -> Result<Self> {
        let text = String::from_utf8(body).map_err(|_| Problem::new(Code::Internal))?;
        Ok(Self::of(text, Some((format, language))))
    }

    /// The same, with a page after it.
    pub(super) fn followed_by(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }

    /// The answer. It varies where there are other forms of it.
    pub(super) fn answer(self, has_forms: bool) -> HttpResponse {
        let mut reply = replies::cacheable(&self.etag, self.text);
        if let Some((format, language)) = self.form {
            for (name, value) in
                [(header::CONTENT_TYPE, format.content_type()), (header::CONTENT_LANGUAGE, language.tag())]
            {
                reply.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            replies::vary(&mut reply, "Accept, Accept-Language");
        } else if has_forms {
            replies::vary(&mut reply, "Accept");
        }
        if let Some(next) = self.next {
            replies::link(&mut reply, &next, "next");
        }
        reply
    }
}

/// The pages of a list: where they are asked for, and how their cursors are sealed.
#[derive(Clone)]
pub(super) struct Pages {
    context: String,
    sealer: Sealer,
    /// The most items of a page.
    pub(super) limit: i64,
}

impl Pages {
    /// The pages of this list.
    pub(super) fn of(request: &HttpRequest, sealer: &Sealer, limit: i64) -> Self {
        Self { context: collection::context(request), sealer: sealer.clone(), limit }
    }

    /// The address of the page after a position, if there is one.
    ///
    /// # Errors
    /// 500 when the position cannot be written as JSON.
    pub(super) fn next<T: serde::Serialize>(&self, position: Option<T>) -> Result<Option<String>> {
        let Some(position) = position else { return Ok(None) };
        let payload = serde_json::to_string(&position).map_err(|error| {
            log::error!("the position after a page of {} cannot be written: {error}", self.context);
            Problem::new(Code::Internal)
        })?;
        let (context, limit) = (&self.context, self.limit);
        let cursor = self.sealer.seal(context, &payload);
        let join = if context.contains('?') { '&' } else { '?' };
        Ok(Some(format!("{context}{join}limit={limit}&cursor={cursor}")))
    }
}

/// The position that the cursor of a request names.
pub(super) fn after<T: serde::de::DeserializeOwned>(
    request: &HttpRequest,
    sealer: &Sealer,
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
