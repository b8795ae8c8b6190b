//! `Lines` (`NdjsonRenderer`) — Records as NDJSON: one JSON text a line.

use super::renderer::Renderer;
use crate::kinds::authorities::locations::Locations;
use serde_json::Map;
use serde_json::Value;
use std::io;
use std::io::Write;

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
