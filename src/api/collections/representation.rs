//! Which form and which members the caller asks for.

use crate::api::format_responses::csv_dialect;
use crate::domain::errors::problem::Result;
use crate::domain::language::Language;
use crate::formats::csv_records;
use crate::http::negotiation::{MediaFormat, negotiate};
use crate::http::query_params::QueryParams;
use crate::http::{base_url, pagination, problems};
use crate::kinds::definition::Definition;
use actix_web::HttpRequest;
use serde_json::{Map, Value};

/// The forms of a kind's lists; the first stands for any.
pub(crate) fn list_formats(shelf: &dyn Definition) -> Vec<MediaFormat> {
    let outline = shelf.format_hints();
    let suits = |format: &MediaFormat| match format {
        MediaFormat::GeoJson => outline.map_geometry != crate::kinds::format_hints::MapGeometry::None,
        MediaFormat::Calendar => !outline.calendar_dates.is_empty(),
        _ => true,
    };
    MediaFormat::ALL.iter().copied().filter(suits).collect()
}

/// The forms of one record of a kind.
pub(super) fn record_formats(shelf: &dyn Definition) -> Vec<MediaFormat> {
    list_formats(shelf).into_iter().filter(|format| *format != MediaFormat::Atom).collect()
}

/// The form that is asked for, and how it is to look.
#[derive(Debug, Clone)]
pub struct Representation {
    /// The form.
    pub(super) format: MediaFormat,
    pub(super) language: Language,
    pub(super) base_url: String,
    pub(super) csv_options: csv_records::CsvOptions,
}

impl Representation {
    /// Reads what the caller asks for.
    pub(super) fn from_request(
        request: &HttpRequest,
        params: &mut QueryParams,
        offered: &[MediaFormat],
    ) -> Result<Self> {
        let format = negotiate(request, params, offered)?;
        let mut look =
            csv_records::CsvOptions { dialect: csv_dialect(params), ..csv_records::CsvOptions::default() };
        match params.single("headings").as_deref() {
            None | Some("names") => {}
            Some("words") => look.has_localized_headings = true,
            Some(other) => params.invalid("headings", other, "`names` or `words`"),
        }
        let (mut base, mut language) = (String::new(), Language::default());
        if format != MediaFormat::Json {
            base = base_url::base_url(request);
            language = problems::response_language(request);
        }
        Ok(Self { format, language, base_url: base, csv_options: look })
    }

    /// The members that `fields` asks for; forms with members of their own have no use for them.
    pub(super) fn read_fields(
        &mut self,
        params: &mut QueryParams,
        shelf: &'static dyn Definition,
    ) -> Vec<String> {
        let (fields, known) = (params.list("fields"), selectable_fields(shelf));
        for field in fields.iter().filter(|field| !known.contains(&field.as_str())) {
            params.invalid("fields", field, &format!("some of {}", known.join(", ")));
        }
        self.csv_options.fields.clone_from(&fields);
        fields
    }

    /// Whether the form is of whole lists. A feed is read from its newest page on.
    pub(super) fn is_whole_list(&self) -> bool {
        !matches!(self.format, MediaFormat::Json | MediaFormat::Atom)
    }

    /// The path and query of what is asked, without the position and size of a page, and with the form.
    pub(super) fn list_url(&self, request: &HttpRequest) -> String {
        match self.format {
            MediaFormat::Json => pagination::cursor_context(request),
            format => {
                pagination::url_without(request, &["cursor", "limit", "format"], &[("format", format.name())])
            }
        }
    }

    /// Whether the answer depends on the language.
    pub(super) fn varies_by_language(&self) -> bool {
        matches!(self.format, MediaFormat::Csv | MediaFormat::Calendar | MediaFormat::Atom)
    }
}

/// The members of every answer.
const ENVELOPE: [&str; 9] =
    ["id", "kind", "version", "created_at", "updated_at", "origin", "label", "identifiers", "citations"];

/// The members that `fields` can ask for.
pub(super) fn selectable_fields(shelf: &'static dyn Definition) -> Vec<&'static str> {
    let derived = shelf.derived_members().iter().map(|derived| derived.name);
    ENVELOPE.into_iter().chain(shelf.content_members().iter().copied()).chain(derived).collect()
}

/// Leaves only the members asked for.
pub(super) fn keep_fields(record: &mut Map<String, Value>, fields: &[String]) {
    if !fields.is_empty() {
        record.retain(|name, _| fields.iter().any(|field| field == name));
    }
}
