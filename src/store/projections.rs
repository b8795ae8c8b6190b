//! What is derived from contents: the rows of the kinds' own tables, and those of the tables that kinds share.

use super::records::RecordRow;
use crate::db::conn::Conn;
use crate::db::deferred::DeferredTable;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::db::{bulk, deferred, sql};
use crate::domain::folding;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

/// Gives a record these rows of a table instead of those it has.
pub(super) fn replace_rows<T: PartialEq>(
    tx: &mut Conn,
    id: Id,
    (from, into): (&'static str, &'static str),
    (current, wanted): (&[T], &[T]),
    row: impl Fn((i64, &T)) -> SqlFragment,
) -> QueryResult<()> {
    if current == wanted {
        return Ok(());
    }
    if !current.is_empty() {
        delete_rows(tx, from, id)?;
    }
    insert_rows(tx, into, (0..).zip(wanted).map(row))
}

/// Removes a record's rows of a table, `table WHERE column = `.
fn delete_rows(tx: &mut Conn, from: &str, id: Id) -> QueryResult<()> {
    let statement = SqlFragment::new(format!("DELETE FROM {from}")).bind(BindValue::Id(id));
    sql::Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

const TAGS: DeferredTable = DeferredTable { name: "tags", columns: &[("pointer", "text"), ("code", "text")] };
const TENURES: DeferredTable = DeferredTable {
    name: "tenures",
    columns: &[("pointer", "text"), ("position", "bigint"), ("earliest", "text"), ("latest", "text")],
};
const CITATIONS: DeferredTable = DeferredTable {
    name: "citations",
    columns: &[
        ("position", "bigint"),
        ("kind", "text"),
        ("pointer", "text"),
        ("source_id", "uuid"),
        ("rank", "text"),
        ("certainty", "text"),
        ("reason", "text"),
        ("severity", "bigint"),
        ("explained", "bigint"),
        ("content", "text"),
    ],
};
const DATES: DeferredTable = DeferredTable {
    name: "dates",
    columns: &[
        ("pointer", "text"),
        ("position", "bigint"),
        ("kind", "text"),
        ("edtf", "text"),
        ("earliest", "text"),
        ("latest", "text"),
    ],
};
const WORDS: DeferredTable =
    DeferredTable { name: "words", columns: &[("word", "text"), ("rest", "text"), ("opens", "bigint")] };

/// Gives a record these rows of a table that no write reads, instead of those it has.
fn defer_replacement<T: PartialEq>(
    table: &'static DeferredTable,
    id: Id,
    (current, wanted): (&[T], &[T]),
    row: impl Fn((i64, &T)) -> Vec<BindValue>,
) {
    if current != wanted {
        deferred::defer_rows(table, id, !current.is_empty(), (0..).zip(wanted).map(row).collect());
    }
}

/// Gives a record these codes inside lists, instead of those that it holds.
pub fn set_tags(id: Id, current: &[(String, &'static str)], wanted: &[(String, &'static str)]) {
    defer_replacement(&TAGS, id, (current, wanted), |(_, (pointer, code))| {
        vec![pointer.clone().into(), (*code).into()]
    });
}

/// The first and the last day on which an item of a list may have held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPeriod {
    /// The list.
    pub pointer: &'static str,
    /// The first possible day; none where it is unbounded or unknown.
    pub earliest: Option<String>,
    /// The last possible day; none where it is unbounded or unknown.
    pub latest: Option<String>,
}

/// Gives a record these terms of its dated items, instead of those that it has.
pub fn set_item_periods(id: Id, current: &[ItemPeriod], wanted: &[ItemPeriod]) {
    defer_replacement(&TENURES, id, (current, wanted), |(position, tenure)| {
        let (earliest, latest) = (tenure.earliest.clone(), tenure.latest.clone());
        vec![tenure.pointer.into(), position.into(), earliest.into(), latest.into()]
    });
}

/// Inserts rows, as many in a statement as the database likes.
pub(super) fn insert_rows(
    tx: &mut Conn,
    into: &str,
    rows: impl Iterator<Item = SqlFragment>,
) -> QueryResult<()> {
    let (mut rows, most) = (rows.peekable(), bulk::rows_per_insert(tx));
    while rows.peek().is_some() {
        let (first, mut few) = (format!("INSERT INTO {into} VALUES "), rows.by_ref().take(most));
        let statement = few.next().map(|row| SqlFragment::new(first).append(row)).unwrap_or_default();
        let statement = few.fold(statement, |statement, row| statement.sql(", ").append(row));
        sql::Statement::<BigInt>::new(statement).execute(tx)?;
    }
    Ok(())
}

/// What one source says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitationRow {
    /// The source.
    pub source: Id,
    /// The member it is about.
    pub pointer: String,
    /// How it is weighed.
    pub rank: String,
    /// How it follows from the source.
    pub certainty: String,
    /// Why its rank is what it is.
    pub reason: Option<String>,
    /// How far it is from what the record holds.
    pub severity: i64,
    /// Whether somebody says why they differ.
    pub explained: bool,
    /// The citation, as stored.
    pub content: String,
}

/// Gives a record what sources say of it, instead of what they said.
pub fn set_citations(id: Id, kind: Kind, current: &[CitationRow], wanted: &[CitationRow]) {
    defer_replacement(&CITATIONS, id, (current, wanted), |(position, one)| {
        vec![
            position.into(),
            kind.as_str().into(),
            one.pointer.clone().into(),
            one.source.into(),
            one.rank.clone().into(),
            one.certainty.clone().into(),
            one.reason.clone().into(),
            one.severity.into(),
            i64::from(one.explained).into(),
            one.content.clone().into(),
        ]
    });
}

/// Gives a record these dates, each with the member it is in, instead of those that it has.
pub fn set_dates(id: Id, kind: Kind, current: &[(String, PartialDate)], wanted: &[(String, PartialDate)]) {
    defer_replacement(&DATES, id, (current, wanted), |(index, (pointer, date))| {
        let before = wanted.iter().zip(0..index).filter(|((other, _), _)| other == pointer).count();
        vec![
            pointer.clone().into(),
            i64::try_from(before).unwrap_or_default().into(),
            kind.as_str().into(),
            date.edtf().as_str().into(),
            date.earliest().into(),
            date.latest().into(),
        ]
    });
}

/// The longest word that completion knows, and the most that it knows of what follows, in folded characters.
pub const MAX_WORD_CHARS: usize = 60;

/// See [`LONGEST_WORD`].
pub const MAX_REST_CHARS: usize = 100;

/// The most words that completion knows of a record: a text of many pages is no name that anybody completes.
const MAX_COMPLETION_WORDS: usize = 2_000;

/// The words of names, each with what follows it; 1 where it opens a name.
pub type CompletionWords = Vec<((String, String), i64)>;

/// The words of folded names.
#[must_use]
pub fn completion_words(names: &str) -> CompletionWords {
    let mut words: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in names.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut rest = line;
        let mut opens = 1;
        while !rest.is_empty() {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let key =
                (word.chars().take(MAX_WORD_CHARS).collect(), after.chars().take(MAX_REST_CHARS).collect());
            words.entry(key).and_modify(|known| *known |= opens).or_insert(opens);
            if words.len() == MAX_COMPLETION_WORDS {
                return words.into_iter().collect();
            }
            (rest, opens) = (after, 0);
        }
    }
    words.into_iter().collect()
}

/// Gives a record these words, instead of those that it has.
pub fn set_words(id: Id, current: &CompletionWords, wanted: &CompletionWords) {
    defer_replacement(&WORDS, id, (current, wanted), |(_, ((word, rest), opens))| {
        vec![word.clone().into(), rest.clone().into(), (*opens).into()]
    });
}

/// Removes everything projected from a record's content; the row, its identifiers and its changes stay.
pub fn delete_projections(tx: &mut Conn, head: &RecordRow, table: &str) -> QueryResult<()> {
    delete_rows(tx, "refs WHERE from_record = ", head.id)?;
    for table in [&TAGS, &CITATIONS, &DATES, &WORDS, &TENURES] {
        deferred::defer_rows(table, head.id, true, vec![]);
    }
    deferred::defer_text_removal(head.number);
    delete_rows(tx, &format!("{table} WHERE id = "), head.id)
}

/// A column of a kind's table, and its value.
pub type ColumnValue = (&'static str, BindValue);

/// A row of a kind's table, without the id.
pub type RowValues = Vec<ColumnValue>;

/// Gives a record this row of its kind's table, instead of the one that it has; none is `held` where there is none.
/// Only what differs is set: of the table's indexes, those of the columns set are written.
///
/// # Errors
/// When the database fails, or another record's row has what only one may have.
pub fn set_columns(
    tx: &mut Conn,
    id: Id,
    table: &str,
    current: &[ColumnValue],
    wanted: &[ColumnValue],
) -> QueryResult<()> {
    if current.is_empty() {
        let names: String = wanted.iter().flat_map(|(name, _)| [", ", *name]).collect();
        let values = wanted.iter().map(|(_, value)| value.clone());
        let row = SqlFragment::default().bind_list([BindValue::Id(id)].into_iter().chain(values));
        return insert_rows(tx, &format!("{table} (id{names})"), [row].into_iter());
    }
    let changed: Vec<&ColumnValue> = wanted.iter().filter(|column| !current.contains(column)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut statement = SqlFragment::new(format!("UPDATE {table}"));
    for (index, (name, value)) in changed.into_iter().enumerate() {
        let before = if index == 0 { " SET " } else { ", " };
        statement = statement.sql([before, *name, " = "].concat()).bind(value.clone());
    }
    let statement = statement.sql(" WHERE id = ").bind(BindValue::Id(id));
    sql::Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// The columns of a date that may be unset: its text, its first and its last possible day.
#[must_use]
pub fn date_column_values(
    [text, earliest, latest]: [&'static str; 3],
    date: Option<&PartialDate>,
) -> [ColumnValue; 3] {
    [
        (text, date.map(|date| date.edtf().as_str()).into()),
        (earliest, date.and_then(PartialDate::earliest).into()),
        (latest, date.and_then(PartialDate::latest).into()),
    ]
}

/// The columns of a date, by the name of the first.
macro_rules! date_columns {
    ($name:literal, $date:expr) => {
        $crate::store::projections::date_column_values(
            [$name, concat!($name, "_earliest"), concat!($name, "_latest")],
            $date,
        )
    };
}
pub(crate) use date_columns;

/// The longest sort key, in bytes: an entry of an index of PostgreSQL holds about 2,700, and a list compares several keys.
pub const MAX_SORT_KEY_BYTES: usize = 512;

/// The sort key of a text in a language, with the label's fallback, as far as it fits in an index. Texts that begin alike
/// so far are in the order of their ids.
#[must_use]
pub fn sort_key_of(text: &Text, language: &str) -> String {
    let mut key = folding::collation_key(text.in_language(Language::from_tag(language).unwrap_or_default()));
    key.truncate(key.floor_char_boundary(MAX_SORT_KEY_BYTES));
    key
}
