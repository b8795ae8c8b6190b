//! Answers as tables: headings and cells in the language asked for.

use crate::formats::csv::Cell;
use crate::vocabulary::language::Language;
use serde_json::Value;

/// A heading in French, Japanese and English.
pub type Heading = [&'static str; 3];

/// What a cell shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// A code, a number or a day.
    Plain(String),
    /// A text in no particular language.
    Said(String),
    /// A language map.
    Text(Value),
}

impl Shown {
    /// A whole number.
    #[must_use]
    pub fn number(number: impl std::fmt::Display) -> Self {
        Self::Plain(number.to_string())
    }

    /// What a member of an answer holds.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::String(text) => Self::Said(text.clone()),
            Value::Object(_) => Self::Text(value.clone()),
            other => Self::Plain(other.to_string()),
        }
    }

    fn cell(&self, language: Language) -> Cell {
        match self {
            Self::Nothing => Cell::Empty,
            Self::Plain(text) => Cell::Plain(text.clone()),
            Self::Said(text) => Cell::Text(text.clone()),
            Self::Text(map) => {
                let order = [language.tag(), "fr", "ja", "en"];
                Cell::from(order.into_iter().find_map(|tag| map.get(tag)?.as_str()))
            }
        }
    }
}

/// A table before it is written in a language.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// What stands above each column.
    pub headings: Vec<Heading>,
    /// The rows, each as long as the headings.
    pub rows: Vec<Vec<Shown>>,
}

impl Sheet {
    /// A row for each item of an answer, with what it holds at these pointers.
    #[must_use]
    pub fn of<const N: usize>(headings: [Heading; N], pointers: [&str; N], items: &[Value]) -> Self {
        let at = |item: &Value, pointer| Shown::of(item.pointer(pointer).unwrap_or(&Value::Null));
        let row = |item: &Value| pointers.map(|pointer| at(item, pointer)).to_vec();
        Self { headings: headings.to_vec(), rows: items.iter().map(row).collect() }
    }

    /// The headings and cells in a language.
    #[must_use]
    pub fn render(&self, language: Language) -> (Vec<String>, Vec<Vec<Cell>>) {
        let headings = self.headings.iter().map(|heading| language.of(*heading).to_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|shown| shown.cell(language)).collect());
        (headings, rows.collect())
    }
}
