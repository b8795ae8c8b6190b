//! The parameters that filter and sort a list: declared by each kind, read from the query, turned into conditions.

use crate::db::paging::{Holds, Order, SortColumn};
use crate::db::sql::{Bind, Clause};
use crate::db::texts::Wanted;
use crate::db::types::Id;
use crate::error::{Code, Fault};
use crate::gazetteer;
use crate::vocabulary::codes::{Term, Theme, Vocabulary as _};
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
    pub about: &'static str,
    /// How it is answered.
    pub test: Test,
}

/// How a filter is answered.
#[derive(Debug, Clone, Copy)]
pub enum Test {
    /// A code in a column.
    Code(&'static [Term], &'static str),
    /// A code inside lists, at any of these pointers; a broader code matches its narrower ones.
    Tag(&'static [Term], &'static [&'static str]),
    /// A reference, at any of these pointers, to a record of one of these kinds.
    Refers(&'static [Kind], &'static [&'static str]),
    /// A partial date: the columns `NAME`, `NAME_earliest`, `NAME_latest`. Operators in brackets.
    Dates(&'static str),
    /// A number in a column. Operators in brackets.
    Number(&'static str),
    /// A yes or no.
    Flag(fn(bool) -> Clause),
    /// Codes, answered by the kind's own condition; a broader code matches its narrower ones.
    Codes(&'static [Term], fn(Vec<Bind>) -> Clause),
    /// Codes, each alone or with `:true` or `:false`, answered by the kind's own condition on one that holds.
    Truths(&'static [Term], fn(Bind) -> Clause),
    /// Records, answered by the kind's own condition on a list of their ids.
    Records(&'static [Kind], fn(Clause) -> Clause),
    /// A period of years and months, in months, answered by the kind's own condition.
    Months(fn(i64) -> Clause),
    /// A single tuple of decimal numbers of this length, answered by the kind's own condition.
    Numbers(usize, &'static str, fn(&[f64]) -> Option<Clause>),
    /// A whole number, answered by the kind's own condition.
    Least(fn(i64) -> Clause),
    /// A period that starts today (ISO 8601 duration), answered by the kind's own condition on its first and last day.
    Period(fn(Date, Date) -> Clause),
}

/// The sources that are cited, of any kind.
pub const SOURCE: Filter = Filter {
    name: "source",
    about: "A source cited",
    test: Test::Refers(&[Kind::Source], &["/citations/source"]),
};
/// The member `themes`, of any kind that has it.
pub const THEME: Filter = Filter {
    name: "theme",
    about: "A field of cooperation; a broader one matches its narrower ones",
    test: Test::Tag(Theme::TERMS, &["/themes"]),
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
pub struct Sort {
    /// The key's name.
    pub name: &'static str,
    /// What is compared, first to last.
    pub columns: &'static [SortColumn],
}

/// `updated_at`, by which every kind can be sorted.
pub const UPDATED: Sort =
    Sort { name: "updated_at", columns: &[SortColumn { sql: "r.updated_at", holds: Holds::Count }] };

/// A sort key over one column.
#[macro_export]
macro_rules! sort {
    ($name:literal, $holds:ident $($column:literal),+) => {
        $crate::registry::filter::Sort {
            name: $name,
            columns: &[$($crate::db::paging::SortColumn {
                sql: $column,
                holds: $crate::db::paging::Holds::$holds,
            }),+],
        }
    };
}

impl Filter {
    /// The names under which the parameter is given.
    pub fn names(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let operators: &[(&str, &str)] = match self.test {
            Test::Dates(_) => &DATE_OPERATORS,
            Test::Number(_) => &NUMBER_OPERATORS,
            _ => &[],
        };
        let plain = operators.is_empty().then_some(Cow::Borrowed(self.name));
        let bracketed = operators.iter().map(|(operator, _)| format!("{}[{operator}]", self.name).into());
        plain.into_iter().chain(bracketed)
    }

    /// The names under which the parameter is given, each with what it asks.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let bracketed = |operators: &[(&str, &str)]| {
            let with = |(operator, about): &(&str, &str)| {
                (format!("{}[{operator}]", self.name), format!("{} ({about}).", self.about))
            };
            operators.iter().map(with).collect()
        };
        match self.test {
            Test::Dates(_) => bracketed(&DATE_OPERATORS),
            Test::Number(_) => bracketed(&NUMBER_OPERATORS),
            _ => vec![(self.name.into(), format!("{}.", self.about))],
        }
    }

    /// The condition that the parameter `name` (one of [`Self::parameters`]) sets with `values`.
    ///
    /// # Errors
    /// A fault of the parameter when a value does not fit.
    pub fn condition(&self, name: &str, values: &[String], today: Date) -> Result<Clause, Fault> {
        let operator = name.split_once('[').map_or("", |(_, operator)| operator.trim_end_matches(']'));
        match self.test {
            Test::Code(terms, column) => {
                Ok(Clause::new(format!("t.{column} IN ")).list(codes(name, values, terms)?))
            }
            Test::Tag(terms, pointers) => {
                let codes = with_narrower(codes(name, values, terms)?, terms);
                let tags = Clause::new("t.id IN (SELECT record_id FROM tags WHERE pointer IN ");
                Ok(tags.list(texts(pointers)).sql(" AND code IN ").list(codes).sql(")"))
            }
            Test::Codes(terms, condition) => Ok(condition(with_narrower(codes(name, values, terms)?, terms))),
            Test::Truths(terms, condition) => truths(name, values, terms, condition),
            Test::Refers(kinds, pointers) => {
                let refs = Clause::new("t.id IN (SELECT from_record FROM refs WHERE pointer IN ")
                    .list(texts(pointers));
                Ok(refs.sql(" AND to_record IN ").then(records(name, values, kinds)?).sql(")"))
            }
            Test::Records(kinds, condition) => Ok(condition(records(name, values, kinds)?)),
            Test::Flag(condition) => Ok(condition(flag(name, only(name, values)?)?)),
            Test::Months(condition) => {
                let text = only(name, values)?;
                let months = period::months(text);
                let misfit = || Fault::misfit(name, text, "a period of years and months such as `P36M`");
                Ok(condition(months.ok_or_else(misfit)?))
            }
            Test::Dates(column) => dates(name, operator, column, values),
            Test::Number(column) => numbers(name, operator, column, values),
            Test::Numbers(count, form, condition) => {
                let parsed: Vec<f64> = values.iter().filter_map(|value| value.parse().ok()).collect();
                let clause =
                    (parsed.len() == count && values.len() == count).then(|| condition(&parsed)).flatten();
                clause.ok_or_else(|| Fault::misfit(name, &values.join(","), form))
            }
            Test::Least(condition) => {
                let value = only(name, values)?;
                let least = value.parse().ok().filter(|least| *least >= 0);
                least.map(condition).ok_or_else(|| Fault::misfit(name, value, "a whole number"))
            }
            Test::Period(condition) => {
                let value = only(name, values)?;
                let end = last_day(value, today);
                let end =
                    end.ok_or_else(|| Fault::misfit(name, value, "an ISO 8601 duration in days or longer"));
                Ok(condition(today, end?))
            }
        }
    }
}

/// The last day of a period that starts today: `P12M`, `P90D`.
fn last_day(period: &str, today: Date) -> Option<Date> {
    let is_of_days = period.starts_with('P') && !period.contains('T');
    let span = period.parse::<Span>().ok().filter(|span| is_of_days && !span.is_negative())?;
    today.checked_add(span).ok()
}

/// The condition of the parameter `identifier` of every kind.
///
/// # Errors
/// A fault of the parameter when a value is not `scheme:value`.
pub fn identified(kind: Kind, values: &[String]) -> Result<Clause, Fault> {
    Ok(Clause::new("t.id IN ").then(records("identifier", values, &[kind])?))
}

/// The condition of the parameters `updated_at[gte]` and `updated_at[lte]` of every kind.
///
/// # Errors
/// A fault of the parameter when a value is no time.
pub fn updated(name: &str, values: &[String]) -> Result<Clause, Fault> {
    let time = instant(name, only(name, values)?)?;
    let compare = if name.contains("[gte]") { "r.updated_at >= " } else { "r.updated_at <= " };
    Ok(Clause::new(compare).bind(Bind::Int(time)))
}

/// The microseconds since 1970 of a parameter that is a time, or a day, whose first instant (UTC) is meant.
///
/// # Errors
/// A fault of the parameter when it is neither.
pub fn instant(name: &str, value: &str) -> Result<i64, Fault> {
    let day = || value.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = value.parse::<Timestamp>().ok().or_else(|| day().map(|day| day.timestamp()));
    let time = time.ok_or_else(|| Fault::misfit(name, value, "an RFC 3339 time or a date"))?;
    Ok(time.as_microsecond())
}

/// What the parameter `q` wants of texts: every folded word, a Japanese one also as Hepburn spells it.
///
/// # Errors
/// A fault of the parameter when there is no letter or digit to look for.
pub fn search(query: &str) -> Result<Wanted, Fault> {
    let words = romaji::spellings(query);
    if words.is_empty() {
        return Err(Fault::misfit("q", query, "at least one letter or digit"));
    }
    Ok(Wanted::new(words))
}

/// The order that `sort` asks of a kind.
///
/// # Errors
/// A fault of the parameter when a key is unknown or repeated.
pub fn order(sort: &str, sorts: &[Sort]) -> Result<Vec<Order>, Fault> {
    let mut order: Vec<Order> = Vec::new();
    let mut names = Vec::new();
    for key in sort.split(',').filter(|_| !sort.is_empty()) {
        let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
        if names.contains(&name) {
            return Err(Fault::misfit("sort", sort, "each key once"));
        }
        names.push(name);
        let known = sorts.iter().chain([&UPDATED]).find(|sort| sort.name == name);
        let Some(sort) = known else {
            let names: Vec<_> = sorts.iter().chain([&UPDATED]).map(|sort| sort.name).collect();
            return Err(Fault::misfit("sort", key, &nearest::one_of(key, &names)));
        };
        order.extend(sort.columns.iter().map(|column| Order { column: *column, descending }));
    }
    if order.len() > crate::db::paging::MOST_KEYS {
        return Err(Fault::misfit("sort", sort, "fewer keys"));
    }
    Ok(order)
}

fn only<'a>(name: &str, values: &'a [String]) -> Result<&'a str, Fault> {
    match values {
        [only] => Ok(only),
        _ => Err(Fault::parameter(name, Code::RepeatedParameter, vec![])),
    }
}

fn flag(name: &str, value: &str) -> Result<bool, Fault> {
    value.parse().map_err(|_| Fault::misfit(name, value, "`true` or `false`"))
}

fn texts(values: &'static [&'static str]) -> impl Iterator<Item = Bind> {
    values.iter().map(|value| Bind::Text((*value).into()))
}

fn codes(name: &str, values: &[String], terms: &'static [Term]) -> Result<Vec<Bind>, Fault> {
    let known = |value: &String| {
        if terms.iter().any(|term| term.code == value) {
            return Ok(Bind::Text(value.clone()));
        }
        Err(Fault::misfit(name, value, &nearest::one_of_terms(value, terms)))
    };
    values.iter().map(known).collect()
}

/// One of several codes holds, or does not hold where it is followed by `:false`.
fn truths(
    name: &str,
    values: &[String],
    terms: &'static [Term],
    condition: fn(Bind) -> Clause,
) -> Result<Clause, Fault> {
    let one = |value: &String| {
        let (code, holds) = match value.split_once(':') {
            Some((code, truth)) => (code, flag(name, truth)?),
            None => (value.as_str(), true),
        };
        let known = codes(name, &[code.to_owned()], terms)?;
        let clause = Clause::all(known.into_iter().map(condition));
        Ok(if holds { clause } else { Clause::new("NOT ").then(clause) })
    };
    Ok(Clause::any(values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?))
}

fn with_narrower(mut codes: Vec<Bind>, terms: &'static [Term]) -> Vec<Bind> {
    let mut done = 0;
    while let Some(Bind::Text(code)) = codes.get(done).cloned() {
        for term in terms.iter().filter(|term| term.broader == Some(code.as_str())) {
            let narrower = Bind::Text(term.code.into());
            if !codes.contains(&narrower) {
                codes.push(narrower);
            }
        }
        done += 1;
    }
    codes
}

/// A parenthesised list or query of the ids of the records that `values` (UUIDs, `scheme:value`) name.
fn records(name: &str, values: &[String], kinds: &[Kind]) -> Result<Clause, Fault> {
    let one = |value: &String| {
        if let Ok(id) = Uuid::parse_str(value) {
            return Ok(Clause::new("SELECT id FROM records WHERE id = ").bind(Bind::Id(Id(id))));
        }
        let Some(identifier) = Identifier::parse(value) else {
            return Err(Fault::misfit(name, value, "a UUID or `scheme:value`"));
        };
        let is_wrong = schemes::check(&identifier.scheme, &identifier.value).is_err();
        let proposals = if is_wrong { gazetteer::proposals(&identifier) } else { String::new() };
        if !proposals.is_empty() {
            return Err(Fault::misfit(name, value, &format!("a code of its scheme; is it {proposals}?")));
        }
        let kinds = kinds.iter().map(|kind| Bind::Text(kind.as_str().into()));
        let found = Clause::new("SELECT record_id FROM identifiers WHERE scheme = ").text(identifier.scheme);
        Ok(found.sql(" AND value = ").text(identifier.value).sql(" AND kind IN ").list(kinds))
    };
    let each: Result<Vec<Clause>, Fault> = values.iter().map(one).collect();
    Ok(Clause::join(each?, " UNION ", "(NULL)"))
}

fn dates(name: &str, operator: &str, column: &str, values: &[String]) -> Result<Clause, Fault> {
    let given = format!("t.{column} IS NOT NULL");
    if operator == "exists" {
        let exists = flag(name, only(name, values)?)?;
        return Ok(Clause::new(if exists { given } else { format!("t.{column} IS NULL") }));
    }
    let (first, last) =
        (format!("COALESCE(t.{column}_earliest, '')"), format!("COALESCE(t.{column}_latest, '~')"));
    let one = |value: &String| {
        let span = PartialDate::parse(value).ok_or_else(|| {
            Fault::misfit(name, value, &written_date::expected("an EDTF date or interval", value))
        })?;
        let (start, end) = (span.earliest().unwrap_or_default(), span.latest().unwrap_or_else(|| "~".into()));
        let test = |sql: String, day: String| Clause::new(sql).text(day);
        let tests = match operator {
            "overlaps" => vec![test(format!("{first} <= "), end), test(format!("{last} >= "), start)],
            "within" => vec![test(format!("{first} >= "), start), test(format!("{last} <= "), end)],
            "before" => vec![test(format!("{last} < "), start)],
            _ => vec![test(format!("{first} > "), end)],
        };
        Ok(Clause::all([Clause::new(given.clone())].into_iter().chain(tests)))
    };
    Ok(Clause::any(values.iter().map(one).collect::<Result<Vec<_>, Fault>>()?))
}

fn numbers(name: &str, operator: &str, column: &str, values: &[String]) -> Result<Clause, Fault> {
    let value = only(name, values)?;
    if operator == "exists" {
        let test = if flag(name, value)? { "IS NOT NULL" } else { "IS NULL" };
        return Ok(Clause::new(format!("t.{column} {test}")));
    }
    let number = value.parse().map_err(|_| Fault::misfit(name, value, "a whole number"))?;
    let compare = if operator == "gte" { ">=" } else { "<=" };
    Ok(Clause::new(format!("t.{column} {compare} ")).bind(Bind::Int(number)))
}

/// The names of the kinds a filter's references may have, for the document.
#[must_use]
pub fn kinds(test: &Test) -> String {
    match test {
        Test::Refers(kinds, _) | Test::Records(kinds, _) => reference::allowed(kinds),
        _ => String::new(),
    }
}
