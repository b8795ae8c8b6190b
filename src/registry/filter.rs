//! The parameters that filter and sort a list: declared by each kind, read from the query, turned into conditions.

use crate::db::paging::{ColumnType, OrderKey, SortColumn};
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::texts::TextQuery;
use crate::db::types::Id;
use crate::error::{ErrorCode, Fault};
use crate::gazetteer;
use crate::vocabulary::codes::{Theme, Vocabulary as _, VocabularyTerm};
use crate::vocabulary::{
    Identifier, Kind, PartialDate, nearest, period, reference, romaji, schemes, written_date,
};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use std::borrow::Cow;
use uuid::Uuid;

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
#[macro_export]
macro_rules! sort_key {
    ($name:literal, $holds:ident $($column:literal),+) => {
        $crate::registry::filter::SortKey {
            name: $name,
            columns: &[$($crate::db::paging::SortColumn {
                sql: $column,
                holds: $crate::db::paging::ColumnType::$holds,
            }),+],
        }
    };
}

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

    /// The condition that the parameter `name` (one of [`Self::parameters`]) sets with `values`.
    ///
    /// # Errors
    /// A fault of the parameter when a value does not fit.
    pub fn condition(&self, name: &str, values: &[String], today: Date) -> Result<SqlFragment, Fault> {
        let operator = name.split_once('[').map_or("", |(_, operator)| operator.trim_end_matches(']'));
        match self.filter_type {
            FilterType::Code(terms, column) => {
                Ok(SqlFragment::new(format!("t.{column} IN ")).bind_list(parse_codes(name, values, terms)?))
            }
            FilterType::Tag(terms, pointers) => {
                let codes = with_narrower(parse_codes(name, values, terms)?, terms);
                let tags = SqlFragment::new("t.id IN (SELECT record_id FROM tags WHERE pointer IN ");
                Ok(tags.bind_list(text_values(pointers)).sql(" AND code IN ").bind_list(codes).sql(")"))
            }
            FilterType::Codes(terms, condition) => {
                Ok(condition(with_narrower(parse_codes(name, values, terms)?, terms)))
            }
            FilterType::CodeFlags(terms, condition) => code_flags_condition(name, values, terms, condition),
            FilterType::Reference(kinds, pointers) => {
                let refs = SqlFragment::new("t.id IN (SELECT from_record FROM refs WHERE pointer IN ")
                    .bind_list(text_values(pointers));
                Ok(refs.sql(" AND to_record IN ").append(record_ids_query(name, values, kinds)?).sql(")"))
            }
            FilterType::Records(kinds, condition) => Ok(condition(record_ids_query(name, values, kinds)?)),
            FilterType::Boolean(condition) => Ok(condition(parse_bool(name, single_value(name, values)?)?)),
            FilterType::DurationInMonths(condition) => {
                let text = single_value(name, values)?;
                let months = period::parse_months(text);
                let misfit =
                    || Fault::invalid_parameter(name, text, "a period of years and months such as `P36M`");
                Ok(condition(months.ok_or_else(misfit)?))
            }
            FilterType::PartialDate(column) => date_condition(name, operator, column, values),
            FilterType::Number(column) => number_condition(name, operator, column, values),
            FilterType::NumberTuple(count, form, condition) => {
                let parsed: Vec<f64> = values.iter().filter_map(|value| value.parse().ok()).collect();
                let clause =
                    (parsed.len() == count && values.len() == count).then(|| condition(&parsed)).flatten();
                clause.ok_or_else(|| Fault::invalid_parameter(name, &values.join(","), form))
            }
            FilterType::AtLeast(condition) => {
                let value = single_value(name, values)?;
                let least = value.parse().ok().filter(|least| *least >= 0);
                least.map(condition).ok_or_else(|| Fault::invalid_parameter(name, value, "a whole number"))
            }
            FilterType::PeriodFromToday(condition) => {
                let value = single_value(name, values)?;
                let end = last_day_of_period(value, today);
                let end = end.ok_or_else(|| {
                    Fault::invalid_parameter(name, value, "an ISO 8601 duration in days or longer")
                });
                Ok(condition(today, end?))
            }
        }
    }
}

/// The last day of a period that starts today: `P12M`, `P90D`.
fn last_day_of_period(period: &str, today: Date) -> Option<Date> {
    let is_of_days = period.starts_with('P') && !period.contains('T');
    let span = period.parse::<Span>().ok().filter(|span| is_of_days && !span.is_negative())?;
    today.checked_add(span).ok()
}

/// The condition of the parameter `identifier` of every kind.
///
/// # Errors
/// A fault of the parameter when a value is not `scheme:value`.
pub fn identifier_condition(kind: Kind, values: &[String]) -> Result<SqlFragment, Fault> {
    Ok(SqlFragment::new("t.id IN ").append(record_ids_query("identifier", values, &[kind])?))
}

/// The condition of the parameters `updated_at[gte]` and `updated_at[lte]` of every kind.
///
/// # Errors
/// A fault of the parameter when a value is no time.
pub fn updated_at_condition(name: &str, values: &[String]) -> Result<SqlFragment, Fault> {
    let time = parse_instant(name, single_value(name, values)?)?;
    let compare = if name.contains("[gte]") { "r.updated_at >= " } else { "r.updated_at <= " };
    Ok(SqlFragment::new(compare).bind(BindValue::Int(time)))
}

/// The microseconds since 1970 of a parameter that is a time, or a day, whose first instant (UTC) is meant.
///
/// # Errors
/// A fault of the parameter when it is neither.
pub fn parse_instant(name: &str, value: &str) -> Result<i64, Fault> {
    let day = || value.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = value.parse::<Timestamp>().ok().or_else(|| day().map(|day| day.timestamp()));
    let time = time.ok_or_else(|| Fault::invalid_parameter(name, value, "an RFC 3339 time or a date"))?;
    Ok(time.as_microsecond())
}

/// What the parameter `q` wants of texts: every folded word, a Japanese one also as Hepburn spells it.
///
/// # Errors
/// A fault of the parameter when there is no letter or digit to look for.
pub fn text_query(query: &str) -> Result<TextQuery, Fault> {
    let words = romaji::query_spellings(query);
    if words.is_empty() {
        return Err(Fault::invalid_parameter("q", query, "at least one letter or digit"));
    }
    Ok(TextQuery::new(words))
}

/// The order that `sort` asks of a kind.
///
/// # Errors
/// A fault of the parameter when a key is unknown or repeated.
pub fn parse_sort(sort: &str, sorts: &[SortKey]) -> Result<Vec<OrderKey>, Fault> {
    let mut order: Vec<OrderKey> = Vec::new();
    let mut names = Vec::new();
    for key in sort.split(',').filter(|_| !sort.is_empty()) {
        let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
        if names.contains(&name) {
            return Err(Fault::invalid_parameter("sort", sort, "each key once"));
        }
        names.push(name);
        let known = sorts.iter().chain([&UPDATED_AT]).find(|sort| sort.name == name);
        let Some(sort) = known else {
            let names: Vec<_> = sorts.iter().chain([&UPDATED_AT]).map(|sort| sort.name).collect();
            return Err(Fault::invalid_parameter("sort", key, &nearest::expected_one_of(key, &names)));
        };
        order.extend(sort.columns.iter().map(|column| OrderKey { column: *column, descending }));
    }
    if order.len() > crate::db::paging::MAX_ORDER_KEYS {
        return Err(Fault::invalid_parameter("sort", sort, "fewer keys"));
    }
    Ok(order)
}

fn single_value<'a>(name: &str, values: &'a [String]) -> Result<&'a str, Fault> {
    match values {
        [only] => Ok(only),
        _ => Err(Fault::at_parameter(name, ErrorCode::RepeatedParameter, vec![])),
    }
}

fn parse_bool(name: &str, value: &str) -> Result<bool, Fault> {
    value.parse().map_err(|_| Fault::invalid_parameter(name, value, "`true` or `false`"))
}

fn text_values(values: &'static [&'static str]) -> impl Iterator<Item = BindValue> {
    values.iter().map(|value| BindValue::Text((*value).into()))
}

fn parse_codes(
    name: &str,
    values: &[String],
    terms: &'static [VocabularyTerm],
) -> Result<Vec<BindValue>, Fault> {
    let known = |value: &String| {
        if terms.iter().any(|term| term.code == value) {
            return Ok(BindValue::Text(value.clone()));
        }
        Err(Fault::invalid_parameter(name, value, &nearest::expected_one_of_terms(value, terms)))
    };
    values.iter().map(known).collect()
}

/// One of several codes holds, or does not hold where it is followed by `:false`.
fn code_flags_condition(
    name: &str,
    values: &[String],
    terms: &'static [VocabularyTerm],
    condition: fn(BindValue) -> SqlFragment,
) -> Result<SqlFragment, Fault> {
    let one = |value: &String| {
        let (code, holds) = match value.split_once(':') {
            Some((code, truth)) => (code, parse_bool(name, truth)?),
            None => (value.as_str(), true),
        };
        let known = parse_codes(name, &[code.to_owned()], terms)?;
        let clause = SqlFragment::all(known.into_iter().map(condition));
        Ok(if holds { clause } else { SqlFragment::new("NOT ").append(clause) })
    };
    Ok(SqlFragment::any(values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?))
}

fn with_narrower(mut codes: Vec<BindValue>, terms: &'static [VocabularyTerm]) -> Vec<BindValue> {
    let mut done = 0;
    while let Some(BindValue::Text(code)) = codes.get(done).cloned() {
        for term in terms.iter().filter(|term| term.broader == Some(code.as_str())) {
            let narrower = BindValue::Text(term.code.into());
            if !codes.contains(&narrower) {
                codes.push(narrower);
            }
        }
        done += 1;
    }
    codes
}

/// A parenthesised list or query of the ids of the records that `values` (UUIDs, `scheme:value`) name.
fn record_ids_query(name: &str, values: &[String], kinds: &[Kind]) -> Result<SqlFragment, Fault> {
    let one = |value: &String| {
        if let Ok(id) = Uuid::parse_str(value) {
            return Ok(SqlFragment::new("SELECT id FROM records WHERE id = ").bind(BindValue::Id(Id(id))));
        }
        let Some(identifier) = Identifier::parse(value) else {
            return Err(Fault::invalid_parameter(name, value, "a UUID or `scheme:value`"));
        };
        let is_wrong = schemes::canonicalise(&identifier.scheme, &identifier.value).is_err();
        let proposals = if is_wrong { gazetteer::suggest_codes(&identifier) } else { String::new() };
        if !proposals.is_empty() {
            return Err(Fault::invalid_parameter(
                name,
                value,
                &format!("a code of its scheme; is it {proposals}?"),
            ));
        }
        let kinds = kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        let found = SqlFragment::new("SELECT record_id FROM identifiers WHERE scheme = ")
            .bind_text(identifier.scheme);
        Ok(found.sql(" AND value = ").bind_text(identifier.value).sql(" AND kind IN ").bind_list(kinds))
    };
    let each: Result<Vec<SqlFragment>, Fault> = values.iter().map(one).collect();
    Ok(SqlFragment::join(each?, " UNION ", "(NULL)"))
}

fn date_condition(name: &str, operator: &str, column: &str, values: &[String]) -> Result<SqlFragment, Fault> {
    let given = format!("t.{column} IS NOT NULL");
    if operator == "exists" {
        let exists = parse_bool(name, single_value(name, values)?)?;
        return Ok(SqlFragment::new(if exists { given } else { format!("t.{column} IS NULL") }));
    }
    let (first, last) =
        (format!("COALESCE(t.{column}_earliest, '')"), format!("COALESCE(t.{column}_latest, '~')"));
    let one = |value: &String| {
        let span = PartialDate::parse(value).ok_or_else(|| {
            Fault::invalid_parameter(
                name,
                value,
                &written_date::with_date_suggestion("an EDTF date or interval", value),
            )
        })?;
        let (start, end) = (span.earliest().unwrap_or_default(), span.latest().unwrap_or_else(|| "~".into()));
        let test = |sql: String, day: String| SqlFragment::new(sql).bind_text(day);
        let tests = match operator {
            "overlaps" => vec![test(format!("{first} <= "), end), test(format!("{last} >= "), start)],
            "within" => vec![test(format!("{first} >= "), start), test(format!("{last} <= "), end)],
            "before" => vec![test(format!("{last} < "), start)],
            _ => vec![test(format!("{first} > "), end)],
        };
        Ok(SqlFragment::all([SqlFragment::new(given.clone())].into_iter().chain(tests)))
    };
    Ok(SqlFragment::any(values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?))
}

fn number_condition(
    name: &str,
    operator: &str,
    column: &str,
    values: &[String],
) -> Result<SqlFragment, Fault> {
    let value = single_value(name, values)?;
    if operator == "exists" {
        let test = if parse_bool(name, value)? { "IS NOT NULL" } else { "IS NULL" };
        return Ok(SqlFragment::new(format!("t.{column} {test}")));
    }
    let number = value.parse().map_err(|_| Fault::invalid_parameter(name, value, "a whole number"))?;
    let compare = if operator == "gte" { ">=" } else { "<=" };
    Ok(SqlFragment::new(format!("t.{column} {compare} ")).bind(BindValue::Int(number)))
}

/// The names of the kinds a filter's references may have, for the document.
#[must_use]
pub fn reference_kind_list(test: &FilterType) -> String {
    match test {
        FilterType::Reference(kinds, _) | FilterType::Records(kinds, _) => reference::kind_list(kinds),
        _ => String::new(),
    }
}
