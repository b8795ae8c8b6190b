//! Tables with headings and cells in three languages, rendered in one of them as CSV cells.

use super::csv_writer::CsvCell;
use crate::domain::language::Language;
use serde_json::Value;

/// A heading in French, Japanese and English.
pub type TableHeading = [&'static str; 3];

/// The value of a cell.
#[derive(Debug, Clone)]
pub enum CellValue {
    /// Nothing.
    Nothing,
    /// A code, a number or a day.
    Plain(String),
    /// A text without a language.
    Text(String),
    /// A text by language.
    LanguageMap(Value),
}

impl CellValue {
    /// A number.
    #[must_use]
    pub fn number(number: impl std::fmt::Display) -> Self {
        Self::Plain(number.to_string())
    }

    /// The value of a JSON member.
    #[must_use]
    pub fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::String(text) => Self::Text(text.clone()),
            Value::Object(_) => Self::LanguageMap(value.clone()),
            other => Self::Plain(other.to_string()),
        }
    }

    fn to_cell(&self, language: Language) -> CsvCell {
        match self {
            Self::Nothing => CsvCell::Empty,
            Self::Plain(text) => CsvCell::Plain(text.clone()),
            Self::Text(text) => CsvCell::Text(text.clone()),
            Self::LanguageMap(map) => {
                let order = [language.tag(), "fr", "ja", "en"];
                CsvCell::from(order.into_iter().find_map(|tag| map.get(tag)?.as_str()))
            }
        }
    }
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The headings.
    pub headings: Vec<TableHeading>,
    /// The rows, each as long as the headings.
    pub rows: Vec<Vec<CellValue>>,
}

impl Table {
    /// Makes a row of each item, with the values at these pointers.
    #[must_use]
    pub fn from_items<const N: usize>(
        headings: [TableHeading; N],
        pointers: [&str; N],
        items: &[Value],
    ) -> Self {
        let at = |item: &Value, pointer| CellValue::from_json(item.pointer(pointer).unwrap_or(&Value::Null));
        let row = |item: &Value| pointers.map(|pointer| at(item, pointer)).to_vec();
        Self { headings: headings.to_vec(), rows: items.iter().map(row).collect() }
    }

    /// Returns headings and cells in a language.
    #[must_use]
    pub fn render(&self, language: Language) -> (Vec<String>, Vec<Vec<CsvCell>>) {
        let headings = self.headings.iter().map(|heading| language.pick(*heading).to_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|shown| shown.to_cell(language)).collect());
        (headings, rows.collect())
    }
}
