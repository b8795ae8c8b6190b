//! Records as CSV: one row each, with the columns of [`super::columns`].

use super::column_headings;
use super::columns::{self, TableColumn};
use super::csv_writer::{CsvCell, CsvWriter, Dialect};
use super::renderer::{RenderContext, Renderer};
use crate::domain::language::Language;
use crate::kinds::authorities::locations::Locations;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The options of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// Delimiter and byte order mark.
    pub dialect: Dialect,
    /// Whether headings are words in the language of the response, and not column names.
    pub has_localized_headings: bool,
    /// The members shown; empty for all.
    pub fields: Vec<String>,
}

/// Writes records as rows.
pub struct CsvRenderer<W: Write> {
    table: CsvWriter<W>,
    columns: Vec<&'static TableColumn>,
    language: Language,
}

impl<W: Write> CsvRenderer<W> {
    /// Begins a table with its headings.
    pub fn begin(out: W, setting: &RenderContext, look: &CsvOptions) -> io::Result<Self> {
        let shown = |column: &&TableColumn| {
            look.fields.is_empty() || look.fields.iter().any(|field| field == column.top_member())
        };
        let columns: Vec<&'static TableColumn> =
            columns::columns_of(setting.kind).iter().filter(shown).collect();
        let language = setting.language;
        let heading = |column: &&TableColumn| {
            if look.has_localized_headings {
                column_headings::column_heading(&column.name, language)
            } else {
                column.name.clone()
            }
        };
        let headings: Vec<String> = columns.iter().map(heading).collect();
        Ok(Self { table: CsvWriter::begin(out, look.dialect, &headings)?, columns, language })
    }
}

impl<W: Write> Renderer for CsvRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, _places: &Locations) -> io::Result<()> {
        let cell = |column: &&TableColumn| match column.cell(record, self.language) {
            None => CsvCell::Empty,
            Some((value, true)) => CsvCell::Plain(value),
            Some((value, false)) => CsvCell::Text(value),
        };
        let cells: Vec<CsvCell> = self.columns.iter().map(cell).collect();
        self.table.write_row(&cells)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.table.flush()
    }
}
