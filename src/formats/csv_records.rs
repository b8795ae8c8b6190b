//! Records as a table: a row each, the columns of [`super::columns`].

use super::columns::TableColumn;
use super::csv_writer::{CsvCell, CsvWriter, Dialect};
use super::renderer::{RenderContext, Renderer};
use super::{column_headings, columns};
use crate::domain::language::Language;
use crate::kinds::authorities::locations::Locations;
use serde_json::Map;
use serde_json::Value;
use std::io;
use std::io::Write;

/// What a table shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CsvOptions {
    /// How the table is written.
    pub dialect: Dialect,
    /// Whether the headings are words in the language asked for, not the columns' names.
    pub has_localized_headings: bool,
    /// The members whose columns are shown; all when there are none.
    pub fields: Vec<String>,
}

/// A table of records.
pub struct CsvRenderer<W: Write> {
    table: CsvWriter<W>,
    columns: Vec<&'static TableColumn>,
    language: Language,
}

impl<W: Write> CsvRenderer<W> {
    /// Begins a table with its headings.
    ///
    /// # Errors
    /// When writing fails.
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
