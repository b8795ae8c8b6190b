//! The requested representation: format, language, members.

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

/// Returns the formats of a kind's lists; the first one is for `*/*`.
pub fn list_formats(definition: &dyn Definition) -> Vec<MediaFormat> {
    let hints = definition.format_hints();
    let suits = |format: &MediaFormat| match format {
        MediaFormat::GeoJson => hints.map_geometry != crate::kinds::format_hints::MapGeometry::None,
        MediaFormat::Calendar => !hints.calendar_dates.is_empty(),
        _ => true,
    };
    MediaFormat::ALL.iter().copied().filter(suits).collect()
}

/// Returns the formats of one record of a kind.
pub(super) fn record_formats(definition: &dyn Definition) -> Vec<MediaFormat> {
    list_formats(definition).into_iter().filter(|format| *format != MediaFormat::Atom).collect()
}

/// The requested format, with its options.
#[derive(Debug, Clone)]
pub struct Representation {
    /// The format.
    pub(super) format: MediaFormat,
    pub(super) language: Language,
    pub(super) base_url: String,
    pub(super) csv_options: csv_records::CsvOptions,
}

impl Representation {
    /// Negotiates the format and reads its parameters.
    pub(super) fn from_request(
        request: &HttpRequest,
        params: &mut QueryParams,
        offered: &[MediaFormat],
    ) -> Result<Self> {
        let format = negotiate(request, params, offered)?;
        let mut csv_options =
            csv_records::CsvOptions { dialect: csv_dialect(params), ..csv_records::CsvOptions::default() };
        match params.single("headings").as_deref() {
            None | Some("names") => {}
            Some("words") => csv_options.has_localized_headings = true,
            Some(other) => params.invalid("headings", other, "`names` or `words`"),
        }
        let (mut base_url, mut language) = (String::new(), Language::default());
        if format != MediaFormat::Json {
            base_url = base_url::base_url(request);
            language = problems::response_language(request);
        }
        Ok(Self { format, language, base_url, csv_options })
    }

    /// Reads `fields`, the members of the response; CSV and NDJSON have only these.
    pub(super) fn read_fields(
        &mut self,
        params: &mut QueryParams,
        definition: &'static dyn Definition,
    ) -> Vec<String> {
        let (fields, known) = (params.list("fields"), selectable_fields(definition));
        for field in fields.iter().filter(|field| !known.contains(&field.as_str())) {
            params.invalid("fields", field, &format!("some of {}", known.join(", ")));
        }
        self.csv_options.fields.clone_from(&fields);
        fields
    }

    /// Whether lists in this format are sent whole. JSON and Atom are paged.
    pub(super) fn is_whole_list(&self) -> bool {
        !matches!(self.format, MediaFormat::Json | MediaFormat::Atom)
    }

    /// Returns the path and query without `cursor` and `limit`, and with the format.
    pub(super) fn list_url(&self, request: &HttpRequest) -> String {
        match self.format {
            MediaFormat::Json => pagination::cursor_context(request),
            format => {
                pagination::url_without(request, &["cursor", "limit", "format"], &[("format", format.name())])
            }
        }
    }

    /// Whether the response depends on `Accept-Language`.
    pub(super) fn varies_by_language(&self) -> bool {
        matches!(self.format, MediaFormat::Csv | MediaFormat::Calendar | MediaFormat::Atom)
    }
}

/// The members that records of every kind have.
const ENVELOPE: [&str; 9] =
    ["id", "kind", "version", "created_at", "updated_at", "origin", "label", "identifiers", "citations"];

/// Returns the members that `fields` can select.
pub(super) fn selectable_fields(definition: &'static dyn Definition) -> Vec<&'static str> {
    let derived = definition.derived_members().iter().map(|derived| derived.name);
    ENVELOPE.into_iter().chain(definition.content_members().iter().copied()).chain(derived).collect()
}

/// Removes all members but `fields`; none when `fields` is empty.
pub(super) fn keep_fields(record: &mut Map<String, Value>, fields: &[String]) {
    if !fields.is_empty() {
        record.retain(|name, _| fields.iter().any(|field| field == name));
    }
}
