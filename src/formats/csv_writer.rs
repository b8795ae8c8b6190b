//! CSV writer (RFC 4180) that is safe for spreadsheets: UTF-8, CRLF, an optional byte order mark, and no
//! cell that runs as a formula.

use std::borrow::Cow;
use std::io::{self, Write};

/// The byte order mark by which Excel recognises UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// The delimiter of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delimiter {
    /// `,` (RFC 4180).
    #[default]
    Comma,
    /// `;`, which spreadsheets expect where the comma is the decimal mark.
    Semicolon,
    /// A tab.
    Tab,
}

impl Delimiter {
    /// All delimiters.
    pub const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// Returns its value of the parameter `delimiter`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dialect {
    /// Whether it begins with a byte order mark.
    pub byte_order_mark: bool,
    /// The delimiter.
    pub delimiter: Delimiter,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum CsvCell {
    /// Nothing.
    Empty,
    /// Text, which may come from anybody.
    Text(String),
    /// A number, or another value made by the server, which no spreadsheet reads as a formula.
    Plain(String),
}

impl<T: Into<String>> From<Option<T>> for CsvCell {
    fn from(text: Option<T>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }
}

impl CsvCell {
    /// Returns the cell as text.
    fn to_csv(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) => disarm_formulas(text),
            Self::Plain(text) => text.into(),
        }
    }
}

/// Returns whether a spreadsheet runs a cell that begins with this character (OWASP, "CSV Injection").
fn is_formula_start(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

/// Puts an apostrophe, which spreadsheets do not show, wherever a cell would begin with a formula: at the
/// start, and behind each character by which some spreadsheet splits cells. French Excel splits at `;`
/// inside a quoted cell too, if the first cells of the row are split by commas.
fn disarm_formulas(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut written = 0;
    // Where a cell may begin; blanks and quotation marks may go before the formula.
    let mut start = Some(0);
    for (at, c) in text.char_indices() {
        let is_leading = at == 0 && matches!(c, '\t' | '\r');
        if let Some(from) = start.filter(|_| is_leading || is_formula_start(c)) {
            safe.push_str(text.get(written..from).unwrap_or_default());
            safe.push('\'');
            written = from;
        }
        if matches!(c, ';' | ',' | '\t' | '\n' | '\r') {
            start = Some(at + c.len_utf8());
        } else if is_leading || !(c.is_whitespace() || c == '"') {
            start = None;
        }
    }
    if safe.is_empty() {
        return text.into();
    }
    safe.push_str(text.get(written..).unwrap_or_default());
    safe.into()
}

/// Writes a table.
pub struct CsvWriter<W: Write>(csv::Writer<W>);

impl<W: Write> CsvWriter<W> {
    /// Begins a table with its headings, after an optional byte order mark.
    pub fn begin(mut out: W, dialect: Dialect, headings: &[String]) -> io::Result<Self> {
        if dialect.byte_order_mark {
            out.write_all(BYTE_ORDER_MARK.as_bytes())?;
        }
        let mut builder = csv::WriterBuilder::new();
        builder.terminator(csv::Terminator::CRLF).delimiter(dialect.delimiter.byte());
        // A file that begins with `ID` is a symbolic link file (SYLK) to Excel, which then does not open it.
        let is_sylk = |first: &String| first.starts_with("ID") || first.eq_ignore_ascii_case("id");
        let is_sylk = headings.first().is_some_and(is_sylk);
        let style = if is_sylk { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut first = builder.quote_style(style).from_writer(&mut out);
        first.write_record(headings)?;
        first.flush()?;
        drop(first);
        Ok(Self(builder.quote_style(csv::QuoteStyle::Necessary).from_writer(out)))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the row is not as long as the headings.
    pub fn write_row(&mut self, cells: &[CsvCell]) -> io::Result<()> {
        Ok(self.0.write_record(cells.iter().map(|cell| cell.to_csv().into_owned()))?)
    }

    /// Flushes the buffer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    /// Ends the table.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Returns a whole table.
///
/// # Errors
/// When a row is not as long as the headings.
pub fn to_csv_bytes(dialect: Dialect, headings: &[String], rows: &[Vec<CsvCell>]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut table = CsvWriter::begin(&mut out, dialect, headings)?;
    for row in rows {
        table.write_row(row)?;
    }
    table.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_needs_it_and_disarms_formulas() {
        let headings = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let rows = [vec![
            CsvCell::Text("=HYPERLINK(\"x\")".into()),
            CsvCell::Plain("-1.5".into()),
            CsvCell::from(None::<String>),
        ]];
        let text = String::from_utf8(
            to_csv_bytes(Dialect { byte_order_mark: true, ..Dialect::default() }, &headings, &rows).unwrap(),
        )
        .unwrap();
        assert_eq!(text, "\u{FEFF}a,b,c\r\n\"'=HYPERLINK(\"\"x\"\")\",-1.5,\r\n");
    }

    #[test]
    fn no_cell_of_any_spreadsheet_begins_with_a_formula() {
        for (text, safe) in [
            ("=1", "'=1"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            (" =1", "' =1"),
            ("\"=1\"", "'\"=1\""),
            ("a;=1", "a;'=1"),
            ("a; =1;b", "a;' =1;b"),
            ("a\t@x\n+1\r\n-2", "a\t'@x\n'+1\r\n'-2"),
            ("a,=1;\"=2\"", "a,'=1;'\"=2\""),
            ("Aix-en-Provence = 1+1", "Aix-en-Provence = 1+1"),
            ("a; b-c, d", "a; b-c, d"),
            ("2016-2018", "2016-2018"),
            ("", ""),
        ] {
            assert_eq!(CsvCell::Text(text.into()).to_csv(), safe, "{text:?}");
        }
    }

    #[test]
    fn no_table_begins_with_id() {
        let begin = |first: &str, delimiter| {
            let headings = [first.to_owned(), "b".to_owned()];
            let cells = [vec![CsvCell::Text("x;y".into()), CsvCell::Empty]];
            String::from_utf8(
                to_csv_bytes(Dialect { byte_order_mark: false, delimiter }, &headings, &cells).unwrap(),
            )
            .unwrap()
        };
        for id in ["ID", "id", "Id", "IDs"] {
            assert_eq!(begin(id, Delimiter::Comma), format!("\"{id}\",\"b\"\r\nx;y,\r\n"));
        }
        assert_eq!(begin("a", Delimiter::Semicolon), "a;b\r\n\"x;y\";\r\n");
        assert_eq!(begin("a", Delimiter::Tab), "a\tb\r\nx;y\t\r\n");
    }
}
