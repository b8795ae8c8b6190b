//! Records as NDJSON: one JSON text per line.

use super::renderer::Renderer;
use crate::kinds::authorities::locations::Locations;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Writes one JSON text per line.
pub struct NdjsonRenderer<W: Write> {
    out: W,
    fields: Vec<String>,
}

impl<W: Write> NdjsonRenderer<W> {
    /// Creates a writer of these members; empty for all.
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
