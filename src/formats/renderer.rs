//! The trait of output formats, and what a format knows of the request.

use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::kinds::all;
use crate::kinds::authorities::locations::Locations;
use crate::kinds::format_hints::FormatHints;
use serde_json::{Map, Value};
use std::io;

/// What a renderer knows beside the records.
#[derive(Debug, Clone)]
pub struct RenderContext {
    /// The kind of the records.
    pub kind: Kind,
    /// The language of its own texts.
    pub language: Language,
    /// The scheme and host of this server as the caller addressed it.
    pub base_url: String,
    /// Path and query of the rendered resource, without cursor and limit.
    pub path_and_query: String,
    /// Whether it is one record, and not a list.
    pub is_single: bool,
}

impl RenderContext {
    /// Returns which members of the records are dates, places and summaries.
    #[must_use]
    pub fn format_hints(&self) -> &'static FormatHints {
        all::definition(self.kind).format_hints()
    }

    /// Returns the absolute URL of the rendered resource.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.base_url, self.path_and_query)
    }

    /// Returns the absolute URL of a record.
    #[must_use]
    pub fn record_url(&self, record: &Map<String, Value>) -> String {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{}/v1/{}/{}", self.base_url, self.kind.path(), text("id"))
    }
}

/// A document that records are written to, one after the other.
pub trait Renderer {
    /// Writes a record.
    /// Writes a record.
    fn write_record(&mut self, record: &Map<String, Value>, places: &Locations) -> io::Result<()>;

    /// Ends the document.
    /// Ends the document.
    fn finish(&mut self) -> io::Result<()>;
}
