//! The parameters that filter and sort a list: declared by each kind, read from the query, turned into conditions.

use crate::db::keyset_paging::{ColumnType, SortColumn};
use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::kind::Kind;
use crate::domain::reference;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use jiff::civil::Date;
use std::borrow::Cow;

/// A parameter that filters a list. Columns are those of the kind's table, `t`.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// The parameter's name.
    pub name: &'static str,
    /// What it asks, for the document.
    pub description: &'static str,
    /// How it is answered.
    pub filter_type: FilterType,
}

/// How a filter is answered.
#[derive(Debug, Clone, Copy)]
pub enum FilterType {
    /// A code in a column.
    Code(&'static [VocabularyTerm], &'static str),
    /// A code inside lists, at any of these pointers; a broader code matches its narrower ones.
    Tag(&'static [VocabularyTerm], &'static [&'static str]),
    /// A reference, at any of these pointers, to a record of one of these kinds.
    Reference(&'static [Kind], &'static [&'static str]),
    /// A partial date: the columns `NAME`, `NAME_earliest`, `NAME_latest`. Operators in brackets.
    PartialDate(&'static str),
    /// A number in a column. Operators in brackets.
    Number(&'static str),
    /// A yes or no.
    Boolean(fn(bool) -> SqlFragment),
    /// Codes, answered by the kind's own condition; a broader code matches its narrower ones.
    Codes(&'static [VocabularyTerm], fn(Vec<BindValue>) -> SqlFragment),
    /// Codes, each alone or with `:true` or `:false`, answered by the kind's own condition on one that holds.
    CodeFlags(&'static [VocabularyTerm], fn(BindValue) -> SqlFragment),
    /// Records, answered by the kind's own condition on a list of their ids.
    Records(&'static [Kind], fn(SqlFragment) -> SqlFragment),
    /// A period of years and months, in months, answered by the kind's own condition.
    DurationInMonths(fn(i64) -> SqlFragment),
    /// A single tuple of decimal numbers of this length, answered by the kind's own condition.
    NumberTuple(usize, &'static str, fn(&[f64]) -> Option<SqlFragment>),
    /// A whole number, answered by the kind's own condition.
    AtLeast(fn(i64) -> SqlFragment),
    /// A period that starts today (ISO 8601 duration), answered by the kind's own condition on its first and last day.
    PeriodFromToday(fn(Date, Date) -> SqlFragment),
}

/// The sources that are cited, of any kind.
pub const SOURCE: Filter = Filter {
    name: "source",
    description: "A source cited",
    filter_type: FilterType::Reference(&[Kind::Source], &["/citations/source"]),
};

/// The member `themes`, of any kind that has it.
pub const THEME: Filter = Filter {
    name: "theme",
    description: "A field of cooperation; a broader one matches its narrower ones",
    filter_type: FilterType::Tag(Theme::TERMS, &["/themes"]),
};

/// The operators of dates and numbers, and what each asks.
pub const DATE_OPERATORS: [(&str, &str); 5] = [
    ("overlaps", "possibly within: the two spans have a day in common"),
    ("within", "certainly within: every possible day lies inside"),
    ("before", "certainly before: the last possible day is earlier"),
    ("after", "certainly after: the first possible day is later"),
    ("exists", "whether there is a date at all: `true` or `false`"),
];

/// The operators of numbers.
pub const NUMBER_OPERATORS: [(&str, &str); 3] = [
    ("gte", "at least"),
    ("lte", "at most"),
    ("exists", "whether there is a number at all: `true` or `false`"),
];

/// A key that sorts a list.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    /// The key's name.
    pub name: &'static str,
    /// What is compared, first to last.
    pub columns: &'static [SortColumn],
}

/// `updated_at`, by which every kind can be sorted.
pub const UPDATED_AT: SortKey =
    SortKey { name: "updated_at", columns: &[SortColumn { sql: "r.updated_at", holds: ColumnType::Count }] };

/// A sort key over one column.
macro_rules! sort_key {
    ($name:literal, $holds:ident $($column:literal),+) => {
        $crate::kinds::filters::SortKey {
            name: $name,
            columns: &[$($crate::db::keyset_paging::SortColumn {
                sql: $column,
                holds: $crate::db::keyset_paging::ColumnType::$holds,
            }),+],
        }
    };
}
pub(crate) use sort_key;

impl Filter {
    /// The names under which the parameter is given.
    pub fn parameter_names(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let operators: &[(&str, &str)] = match self.filter_type {
            FilterType::PartialDate(_) => &DATE_OPERATORS,
            FilterType::Number(_) => &NUMBER_OPERATORS,
            _ => &[],
        };
        let plain = operators.is_empty().then_some(Cow::Borrowed(self.name));
        let bracketed = operators.iter().map(|(operator, _)| format!("{}[{operator}]", self.name).into());
        plain.into_iter().chain(bracketed)
    }

    /// The names under which the parameter is given, each with what it asks.
    #[must_use]
    pub fn documented_parameters(&self) -> Vec<(String, String)> {
        let bracketed = |operators: &[(&str, &str)]| {
            let with = |(operator, about): &(&str, &str)| {
                (format!("{}[{operator}]", self.name), format!("{} ({about}).", self.description))
            };
            operators.iter().map(with).collect()
        };
        match self.filter_type {
            FilterType::PartialDate(_) => bracketed(&DATE_OPERATORS),
            FilterType::Number(_) => bracketed(&NUMBER_OPERATORS),
            _ => vec![(self.name.into(), format!("{}.", self.description))],
        }
    }
}

/// The names of the kinds a filter's references may have, for the document.
#[must_use]
pub fn reference_kind_list(test: &FilterType) -> String {
    match test {
        FilterType::Reference(kinds, _) | FilterType::Records(kinds, _) => reference::kind_list(kinds),
        _ => String::new(),
    }
}
