//! Records as a table: a row each, the columns of [`super::columns`].

use super::columns::{self, Column};
use super::csv::{Cell, Dialect, Table};
use super::{Places, Render, Setting, headings};
use crate::vocabulary::language::Language;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// What a table shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// How the table is written.
    pub dialect: Dialect,
    /// Whether the headings are words in the language asked for, not the columns' names.
    pub words: bool,
    /// The members whose columns are shown; all when there are none.
    pub fields: Vec<String>,
}

/// A table of records.
pub struct Sheet<W: Write> {
    table: Table<W>,
    columns: Vec<&'static Column>,
    language: Language,
}

impl<W: Write> Sheet<W> {
    /// Begins a table with its headings.
    ///
    /// # Errors
    /// When writing fails.
    pub fn begin(out: W, setting: &Setting, look: &Look) -> io::Result<Self> {
        let shown = |column: &&Column| {
            look.fields.is_empty() || look.fields.iter().any(|field| field == column.member())
        };
        let columns: Vec<&'static Column> = columns::of(setting.kind).iter().filter(shown).collect();
        let language = setting.language;
        let heading = |column: &&Column| {
            if look.words { headings::words(&column.name, language) } else { column.name.clone() }
        };
        let headings: Vec<String> = columns.iter().map(heading).collect();
        Ok(Self { table: Table::begin(out, look.dialect, &headings)?, columns, language })
    }
}

impl<W: Write> Render for Sheet<W> {
    fn record(&mut self, record: &Map<String, Value>, _places: &Places) -> io::Result<()> {
        let cell = |column: &&Column| match column.value(record, self.language) {
            None => Cell::Empty,
            Some((value, true)) => Cell::Plain(value),
            Some((value, false)) => Cell::Text(value),
        };
        let cells: Vec<Cell> = self.columns.iter().map(cell).collect();
        self.table.row(&cells)
    }

    fn end(&mut self) -> io::Result<()> {
        self.table.flush()
    }
}
