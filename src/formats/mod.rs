//! Other forms of the same answers, for the tools that read them. Each renderer writes one record after the other, knows
//! no database and no HTTP, and makes the same bytes of the same records.

pub mod atom;
pub mod calendar;
pub mod columns;
pub mod csv;
pub mod events;
pub mod geojson;
mod great_circle;
mod headings;
pub mod jsonld;
pub mod outline;
pub mod sheet;
pub mod values;

pub use outline::{CalendarDate, FormatHints, MapGeometry};

use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::{self, Write};

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
        self.kind.definition().format_hints()
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

/// Where an authority is.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorityLocation {
    /// Longitude and latitude in degrees, WGS 84.
    pub position: [f64; 2],
    /// Its country.
    pub country: String,
}

/// Where the authorities are to which records refer, by id.
pub type Locations = HashMap<String, AuthorityLocation>;

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

/// One JSON text a line.
pub struct NdjsonRenderer<W: Write> {
    out: W,
    fields: Vec<String>,
}

impl<W: Write> NdjsonRenderer<W> {
    /// Lines with these members of each record; with all when there are none.
    pub fn new(out: W, fields: Vec<String>) -> Self {
        Self { out, fields }
    }
}

impl<W: Write> Renderer for NdjsonRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, _places: &Locations) -> io::Result<()> {
        if self.fields.is_empty() {
            serde_json::to_writer(&mut self.out, record)?;
        } else {
            let shown = record.iter().filter(|(name, _)| self.fields.contains(name));
            let shown: Map<String, Value> =
                shown.map(|(name, value)| (name.clone(), value.clone())).collect();
            serde_json::to_writer(&mut self.out, &shown)?;
        }
        self.out.write_all(b"\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
