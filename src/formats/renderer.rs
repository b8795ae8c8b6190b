//! `Setting` (`RenderContext`), `Render` (Renderer) — The trait that every output format implements, and what it knows of the request.

use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::kinds::all;
use crate::kinds::authorities::locations::Locations;
use crate::kinds::format_hints::FormatHints;
use serde_json::Map;
use serde_json::Value;
use std::io;

/// What a renderer knows beside the records.
#[derive(Debug, Clone)]
pub struct RenderContext {
    /// The kind of the records.
    pub kind: Kind,
    /// The language of its own words.
    pub language: Language,
    /// The scheme and host by which the registry was asked.
    pub base_url: String,
    /// The path and query of what is rendered, without position and size of a page.
    pub path_and_query: String,
    /// Whether it is one record, not a list.
    pub is_single: bool,
}

impl RenderContext {
    /// Which members of the records say when, where and what.
    #[must_use]
    pub fn format_hints(&self) -> &'static FormatHints {
        all::definition(self.kind).format_hints()
    }

    /// The absolute address of what is rendered.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.base_url, self.path_and_query)
    }

    /// The absolute address of a record.
    #[must_use]
    pub fn record_url(&self, record: &Map<String, Value>) -> String {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
        format!("{}/v1/{}/{}", self.base_url, self.kind.path(), text("id"))
    }
}

/// A document that records are written to, one after the other.
pub trait Renderer {
    /// Writes a record.
    ///
    /// # Errors
    /// When writing fails.
    fn write_record(&mut self, record: &Map<String, Value>, places: &Locations) -> io::Result<()>;

    /// Ends the document.
    ///
    /// # Errors
    /// When writing fails.
    fn finish(&mut self) -> io::Result<()>;
}
