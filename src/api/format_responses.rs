//! Responses of read-only endpoints in JSON, CSV or iCalendar, with their `ETag`, `Vary` and `Link` headers.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::language::Language;
use crate::formats::csv_writer::{self, Delimiter, Dialect};
use crate::formats::table::Table;
use crate::http::negotiation::MediaFormat;
use crate::http::query_params::QueryParams;
use crate::http::{problems, responses};
use crate::util::hash;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// Returns the language to render in. JSON has texts in all languages, so its response does not vary by
/// language.
pub(super) fn rendering_language(request: &HttpRequest, format: MediaFormat) -> Language {
    if format == MediaFormat::Json { Language::default() } else { problems::response_language(request) }
}

/// A response body with its headers, made on a database thread.
#[derive(Debug)]
pub(super) struct RenderedResponse {
    text: String,
    etag: String,
    /// The format and its language; none for JSON.
    format: Option<(MediaFormat, Language)>,
    /// The URL of the next page.
    next: Option<String>,
}

impl RenderedResponse {
    fn with_etag(text: String, format: Option<(MediaFormat, Language)>) -> Self {
        let etag = format!("\"{}\"", hash::xxh3_hex(text.as_bytes()));
        Self { text, etag, format, next: None }
    }

    /// A JSON document.
    pub(super) fn json(body: &Value) -> Self {
        Self::with_etag(body.to_string(), None)
    }

    /// A page of a list, as JSON.
    pub(super) fn json_page(items: &[Value], limit: i64, next: Option<String>, total: Option<i64>) -> Self {
        let mut page = json!({"limit": limit});
        if let Value::Object(page) = &mut page {
            page.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
            page.extend(total.map(|total| ("total".to_owned(), total.into())));
        }
        Self::json(&json!({"items": items, "page": page})).with_next_page(next)
    }

    /// A table as CSV.
    ///
    /// # Errors
    /// `Internal` when a row is not as long as the headings.
    pub(super) fn csv_table(table: &Table, language: Language, dialect: csv_writer::Dialect) -> Result<Self> {
        let (headings, rows) = table.render(language);
        let body = csv_writer::to_csv_bytes(dialect, &headings, &rows)
            .map_err(|_| Problem::new(ErrorCode::Internal))?;
        Self::localized(MediaFormat::Csv, language, body)
    }

    /// A document whose words are in one language.
    ///
    /// # Errors
    /// `Internal` when it is not UTF-8.
    pub(super) fn localized(format: MediaFormat, language: Language, body: Vec<u8>) -> Result<Self> {
        let text = String::from_utf8(body).map_err(|_| Problem::new(ErrorCode::Internal))?;
        Ok(Self::with_etag(text, Some((format, language))))
    }

    /// Adds the URL of the next page.
    pub(super) fn with_next_page(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }

    /// Builds the response; it varies by `Accept` where the resource has other formats.
    pub(super) fn into_response(self, has_other_formats: bool) -> HttpResponse {
        let mut response = responses::json_with_etag(&self.etag, self.text);
        if let Some((format, language)) = self.format {
            for (name, value) in
                [(header::CONTENT_TYPE, format.content_type()), (header::CONTENT_LANGUAGE, language.tag())]
            {
                response.headers_mut().insert(name, header::HeaderValue::from_static(value));
            }
            responses::set_vary(&mut response, "Accept, Accept-Language");
        } else if has_other_formats {
            responses::set_vary(&mut response, "Accept");
        }
        if let Some(next) = self.next {
            responses::add_link(&mut response, &next, "next");
        }
        response
    }
}

/// Reads `delimiter` and the byte order mark of CSV.
pub(super) fn csv_dialect(params: &mut QueryParams) -> Dialect {
    let byte_order_mark = params.wants_byte_order_mark();
    let given = params.single("delimiter");
    let known = |name: &str| Delimiter::ALL.into_iter().find(|delimiter| delimiter.name() == name);
    let delimiter = given.map_or(Some(Delimiter::default()), |name| {
        let expected = || format!("one of {}", Delimiter::ALL.map(Delimiter::name).join(", "));
        params.accept(known(&name).ok_or_else(|| Fault::invalid_parameter("delimiter", &name, &expected())))
    });
    Dialect { byte_order_mark, delimiter: delimiter.unwrap_or_default() }
}
