//! Comma-separated values (RFC 4180) that spreadsheets open without harm: UTF-8, lines end in CRLF, a byte order mark
//! when asked for, and no text that would be run as a formula.

use std::io::{self, Write};

/// The byte order mark by which Excel recognises UTF-8.
pub const MARK: &str = "\u{FEFF}";

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, as somebody wrote it.
    Text(String),
    /// A number, or another value of our own making, which no spreadsheet takes for a formula.
    Plain(String),
}

impl<T: Into<String>> From<Option<T>> for Cell {
    fn from(text: Option<T>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }
}

impl Cell {
    /// The value as written. A text that a spreadsheet would run as a formula is led by an apostrophe, which
    /// spreadsheets do not show (OWASP, "CSV Injection").
    fn write(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text)
                if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) =>
            {
                format!("'{text}").into()
            }
            Self::Text(text) | Self::Plain(text) => text.into(),
        }
    }
}

/// A table as it is written.
pub struct Table<W: Write>(csv::Writer<W>);

impl<W: Write> Table<W> {
    /// Begins a table with its headings, after a byte order mark if one is wanted.
    ///
    /// # Errors
    /// When writing fails.
    pub fn begin(mut out: W, mark: bool, headings: &[String]) -> io::Result<Self> {
        if mark {
            out.write_all(MARK.as_bytes())?;
        }
        let mut table = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
        table.0.write_record(headings)?;
        Ok(table)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When writing fails, or the row is not as long as the headings.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        Ok(self.0.write_record(cells.iter().map(|cell| cell.write().into_owned()))?)
    }

    /// Writes out what waits.
    ///
    /// # Errors
    /// When writing fails.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    /// Ends the table.
    ///
    /// # Errors
    /// When writing fails.
    pub fn end(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A whole table.
///
/// # Errors
/// When a row is not as long as the headings.
pub fn table(mark: bool, headings: &[String], rows: &[Vec<Cell>]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut table = Table::begin(&mut out, mark, headings)?;
    for row in rows {
        table.row(row)?;
    }
    table.end()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_needs_it_and_disarms_formulas() {
        let headings = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let rows = [vec![
            Cell::Text("=HYPERLINK(\"x\")".into()),
            Cell::Plain("-1.5".into()),
            Cell::from(None::<String>),
        ]];
        let text = String::from_utf8(table(true, &headings, &rows).unwrap()).unwrap();
        assert_eq!(text, "\u{FEFF}a,b,c\r\n\"'=HYPERLINK(\"\"x\"\")\",-1.5,\r\n");
    }
}
