//! Filter and sort parameters turned into SQL conditions.

use super::filters::{Filter, FilterType, SortKey, UPDATED_AT};
use crate::db::fulltext::TextQuery;
use crate::db::keyset_paging::OrderKey;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::written_date::interpret;
use crate::domain::{duration, nearest, romanisation};
use crate::gazetteer::identifiers::{self, parse_identifier};
use crate::gazetteer::lookup;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use uuid::Uuid;

impl Filter {
    /// Returns the condition of the parameter `name`, one of [`Self::parameter_names`], with these values.
    ///
    /// # Errors
    /// A fault at the parameter when a value is invalid.
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
                let months = duration::parse_months(text);
                let invalid =
                    || Fault::invalid_parameter(name, text, "a period of years and months such as `P36M`");
                Ok(condition(months.ok_or_else(invalid)?))
            }
            FilterType::PartialDate(column) => date_condition(name, operator, column, values),
            FilterType::Number(column) => number_condition(name, operator, column, values),
            FilterType::NumberTuple(count, format, condition) => {
                let parsed: Vec<f64> = values.iter().filter_map(|value| value.parse().ok()).collect();
                let clause =
                    (parsed.len() == count && values.len() == count).then(|| condition(&parsed)).flatten();
                clause.ok_or_else(|| Fault::invalid_parameter(name, &values.join(","), format))
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

/// Returns the last day of a period that starts today (`P12M`, `P90D`).
fn last_day_of_period(period: &str, today: Date) -> Option<Date> {
    let is_of_days = period.starts_with('P') && !period.contains('T');
    let span = period.parse::<Span>().ok().filter(|span| is_of_days && !span.is_negative())?;
    today.checked_add(span).ok()
}

/// Returns the condition of the parameter `identifier`, which every kind has.
///
/// # Errors
/// A fault at the parameter when a value is not `scheme:value`.
pub fn identifier_condition(kind: Kind, values: &[String]) -> Result<SqlFragment, Fault> {
    Ok(SqlFragment::new("t.id IN ").append(record_ids_query("identifier", values, &[kind])?))
}

/// Returns the condition of the parameters `updated_at[gte]` and `updated_at[lte]`, which every kind has.
///
/// # Errors
/// A fault at the parameter when a value is no time.
pub fn updated_at_condition(name: &str, values: &[String]) -> Result<SqlFragment, Fault> {
    let time = parse_instant(name, single_value(name, values)?)?;
    let compare = if name.contains("[gte]") { "r.updated_at >= " } else { "r.updated_at <= " };
    Ok(SqlFragment::new(compare).bind(BindValue::Int(time)))
}

/// Parses an RFC 3339 time, or a date, which stands for its first instant in UTC. Returns microseconds since
/// 1970.
///
/// # Errors
/// A fault at the parameter when it is neither.
pub fn parse_instant(name: &str, value: &str) -> Result<i64, Fault> {
    let day = || value.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = value.parse::<Timestamp>().ok().or_else(|| day().map(|day| day.timestamp()));
    let time = time.ok_or_else(|| Fault::invalid_parameter(name, value, "an RFC 3339 time or a date"))?;
    Ok(time.as_microsecond())
}

/// Returns the full-text query of the parameter `q`: all its words, folded; Japanese ones also in Hepburn
/// romanisation.
///
/// # Errors
/// A fault at the parameter when it has no letter or digit.
pub fn text_query(query: &str) -> Result<TextQuery, Fault> {
    let words = romanisation::query_spellings(query);
    if words.is_empty() {
        return Err(Fault::invalid_parameter("q", query, "at least one letter or digit"));
    }
    Ok(TextQuery::new(words))
}

/// Parses the parameter `sort`: comma-separated sort keys, each optionally preceded by `-` for descending
/// order.
///
/// # Errors
/// A fault at the parameter when a key is unknown or repeated, or there are too many.
pub fn parse_sort(sort: &str, sorts: &[SortKey]) -> Result<Vec<OrderKey>, Fault> {
    let mut order: Vec<OrderKey> = Vec::new();
    let mut names = Vec::new();
    for key in sort.split(',').filter(|_| !sort.is_empty()) {
        let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
        if names.contains(&name) {
            return Err(Fault::invalid_parameter("sort", sort, "each key once"));
        }
        names.push(name);
        let sort_key = sorts.iter().chain([&UPDATED_AT]).find(|sort| sort.name == name);
        let Some(sort_key) = sort_key else {
            let names: Vec<_> = sorts.iter().chain([&UPDATED_AT]).map(|sort| sort.name).collect();
            return Err(Fault::invalid_parameter("sort", key, &nearest::expected_one_of(key, &names)));
        };
        order.extend(sort_key.columns.iter().map(|column| OrderKey { column: *column, descending }));
    }
    if order.len() > crate::db::keyset_paging::MAX_ORDER_KEYS {
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

/// Returns the condition that one of several codes applies, or does not if it is followed by `:false`.
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
        let code = parse_codes(name, &[code.to_owned()], terms)?;
        let applies = SqlFragment::all(code.into_iter().map(condition));
        Ok(if holds { applies } else { SqlFragment::new("NOT ").append(applies) })
    };
    Ok(SqlFragment::any(values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?))
}

/// Adds the narrower codes, at any depth.
fn with_narrower(mut codes: Vec<BindValue>, terms: &'static [VocabularyTerm]) -> Vec<BindValue> {
    let mut index = 0;
    while let Some(BindValue::Text(code)) = codes.get(index).cloned() {
        for term in terms.iter().filter(|term| term.broader == Some(code.as_str())) {
            let narrower = BindValue::Text(term.code.into());
            if !codes.contains(&narrower) {
                codes.push(narrower);
            }
        }
        index += 1;
    }
    codes
}

/// Returns a parenthesised query of the ids of the records that `values` name, each by UUID or as
/// `scheme:value`.
fn record_ids_query(name: &str, values: &[String], kinds: &[Kind]) -> Result<SqlFragment, Fault> {
    let one = |value: &String| {
        if let Ok(id) = Uuid::parse_str(value) {
            return Ok(SqlFragment::new("SELECT id FROM records WHERE id = ").bind(BindValue::Id(Id(id))));
        }
        let Some(identifier) = parse_identifier(value) else {
            return Err(Fault::invalid_parameter(name, value, "a UUID or `scheme:value`"));
        };
        let is_invalid = identifiers::canonicalise(&identifier.scheme, &identifier.value).is_err();
        let proposals = if is_invalid { lookup::suggest_codes(&identifier) } else { String::new() };
        if !proposals.is_empty() {
            return Err(Fault::invalid_parameter(
                name,
                value,
                &format!("a code of its scheme; is it {proposals}?"),
            ));
        }
        let kinds = kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        let by_identifier = SqlFragment::new("SELECT record_id FROM identifiers WHERE scheme = ")
            .bind_text(identifier.scheme);
        Ok(by_identifier
            .sql(" AND value = ")
            .bind_text(identifier.value)
            .sql(" AND kind IN ")
            .bind_list(kinds))
    };
    let queries: Result<Vec<SqlFragment>, Fault> = values.iter().map(one).collect();
    Ok(SqlFragment::join(queries?, " UNION ", "(NULL)"))
}

/// Returns the condition of a date filter. A missing bound of the column or of the value is open.
fn date_condition(name: &str, operator: &str, column: &str, values: &[String]) -> Result<SqlFragment, Fault> {
    let has_date = format!("t.{column} IS NOT NULL");
    if operator == "exists" {
        let exists = parse_bool(name, single_value(name, values)?)?;
        return Ok(SqlFragment::new(if exists { has_date } else { format!("t.{column} IS NULL") }));
    }
    let (first, last) =
        (format!("COALESCE(t.{column}_earliest, '')"), format!("COALESCE(t.{column}_latest, '~')"));
    let one = |value: &String| {
        let span = PartialDate::parse(value).ok_or_else(|| {
            Fault::invalid_parameter(
                name,
                value,
                &interpret::with_date_suggestion("an EDTF date or interval", value),
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
        Ok(SqlFragment::all([SqlFragment::new(has_date.clone())].into_iter().chain(tests)))
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
