//! Filter parameters and sort keys of lists, as the kinds declare them.

use crate::db::keyset_paging::{ColumnType, SortColumn};
use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::kind::Kind;
use crate::domain::reference;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use jiff::civil::Date;
use std::borrow::Cow;

/// A filter parameter of a list. Columns are those of the kind's table, aliased `t`.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Name of the parameter.
    pub name: &'static str,
    /// Its description in the OpenAPI document, without a full stop.
    pub description: &'static str,
    /// What its values are, and how they become a condition.
    pub filter_type: FilterType,
}

/// The type of a filter's values, with what turns them into a condition.
#[derive(Debug, Clone, Copy)]
pub enum FilterType {
    /// Codes of a vocabulary, compared with a column.
    Code(&'static [VocabularyTerm], &'static str),
    /// Codes of a vocabulary, at any of these pointers inside the content. A broader code matches its
    /// narrower ones.
    Tag(&'static [VocabularyTerm], &'static [&'static str]),
    /// Records of these kinds, referred to at any of these pointers.
    Reference(&'static [Kind], &'static [&'static str]),
    /// A partial date (EDTF), in the columns `NAME`, `NAME_earliest` and `NAME_latest`. Takes
    /// [`DATE_OPERATORS`].
    PartialDate(&'static str),
    /// A whole number in a column. Takes [`NUMBER_OPERATORS`].
    Number(&'static str),
    /// `true` or `false`, given to a condition of the kind.
    Boolean(fn(bool) -> SqlFragment),
    /// Codes of a vocabulary with their narrower ones, given to a condition of the kind.
    Codes(&'static [VocabularyTerm], fn(Vec<BindValue>) -> SqlFragment),
    /// Codes of a vocabulary, each optionally followed by `:true` or `:false`, given one by one to a
    /// condition of the kind; `:false` negates it.
    CodeFlags(&'static [VocabularyTerm], fn(BindValue) -> SqlFragment),
    /// Records of these kinds. The condition gets a parenthesised list or query of their ids.
    Records(&'static [Kind], fn(SqlFragment) -> SqlFragment),
    /// An ISO 8601 duration of years and months. The condition gets the number of months.
    DurationInMonths(fn(i64) -> SqlFragment),
    /// One tuple of this many decimal numbers, with its format for error messages. The condition returns
    /// `None` for numbers out of range.
    NumberTuple(usize, &'static str, fn(&[f64]) -> Option<SqlFragment>),
    /// A whole number, at least 0, given to a condition of the kind.
    AtLeast(fn(i64) -> SqlFragment),
    /// An ISO 8601 duration that starts today. The condition gets its first and last day.
    PeriodFromToday(fn(Date, Date) -> SqlFragment),
}

/// The filter `source`, for every kind: the sources that the record cites.
pub const SOURCE: Filter = Filter {
    name: "source",
    description: "A source cited",
    filter_type: FilterType::Reference(&[Kind::Source], &["/citations/source"]),
};

/// The filter `theme`, for the kinds that have the member `themes`.
pub const THEME: Filter = Filter {
    name: "theme",
    description: "A field of cooperation; a broader one matches its narrower ones",
    filter_type: FilterType::Tag(Theme::TERMS, &["/themes"]),
};

/// The bracketed operators of date filters (`signed[before]`), each with its description.
pub const DATE_OPERATORS: [(&str, &str); 5] = [
    ("overlaps", "possibly within: the two spans have a day in common"),
    ("within", "certainly within: every possible day lies inside"),
    ("before", "certainly before: the last possible day is earlier"),
    ("after", "certainly after: the first possible day is later"),
    ("exists", "whether there is a date at all: `true` or `false`"),
];

/// The bracketed operators of number filters (`population[gte]`), each with its description.
pub const NUMBER_OPERATORS: [(&str, &str); 3] = [
    ("gte", "at least"),
    ("lte", "at most"),
    ("exists", "whether there is a number at all: `true` or `false`"),
];

/// A sort key of a list.
#[derive(Debug, Clone, Copy)]
pub struct SortKey {
    /// Its name in the parameter `sort`.
    pub name: &'static str,
    /// The columns compared, in this order.
    pub columns: &'static [SortColumn],
}

/// The sort key `updated_at`, which every kind has.
pub const UPDATED_AT: SortKey =
    SortKey { name: "updated_at", columns: &[SortColumn { sql: "r.updated_at", holds: ColumnType::Count }] };

/// Builds a [`SortKey`] from its name and columns of one type:
/// `sort_key!("signed", Day "t.signed_earliest", "t.signed_latest")`.
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
    /// Returns the names of the query parameters: with each operator, or the plain name if there is none.
    pub fn parameter_names(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let operators: &[(&str, &str)] = match self.filter_type {
            FilterType::PartialDate(_) => &DATE_OPERATORS,
            FilterType::Number(_) => &NUMBER_OPERATORS,
            _ => &[],
        };
        let plain_name = operators.is_empty().then_some(Cow::Borrowed(self.name));
        let bracketed = operators.iter().map(|(operator, _)| format!("{}[{operator}]", self.name).into());
        plain_name.into_iter().chain(bracketed)
    }

    /// Returns the query parameters for the OpenAPI document: name and description.
    #[must_use]
    pub fn documented_parameters(&self) -> Vec<(String, String)> {
        let bracketed = |operators: &[(&str, &str)]| {
            let parameter = |(operator, about): &(&str, &str)| {
                (format!("{}[{operator}]", self.name), format!("{} ({about}).", self.description))
            };
            operators.iter().map(parameter).collect()
        };
        match self.filter_type {
            FilterType::PartialDate(_) => bracketed(&DATE_OPERATORS),
            FilterType::Number(_) => bracketed(&NUMBER_OPERATORS),
            _ => vec![(self.name.into(), format!("{}.", self.description))],
        }
    }
}

/// Returns the kinds that a filter's references may have, as text for the OpenAPI document; otherwise empty.
#[must_use]
pub fn reference_kind_list(filter_type: &FilterType) -> String {
    match filter_type {
        FilterType::Reference(kinds, _) | FilterType::Records(kinds, _) => reference::kind_list(kinds),
        _ => String::new(),
    }
}
