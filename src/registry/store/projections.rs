//! What is derived from contents: the rows of the kinds' own tables, and those of the tables that kinds share.

use super::Head;
use crate::db::late::{self, Table};
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, bulk, paging};
use crate::vocabulary::language::Language;
use crate::vocabulary::{Kind, PartialDate, Text, folding};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

/// Gives a record these rows of a table instead of those it has.
pub(super) fn replace<T: PartialEq>(
    tx: &mut Conn,
    id: Id,
    (from, into): (&'static str, &'static str),
    (held, wanted): (&[T], &[T]),
    row: impl Fn((i64, &T)) -> Clause,
) -> QueryResult<()> {
    if held == wanted {
        return Ok(());
    }
    if !held.is_empty() {
        remove(tx, from, id)?;
    }
    insert(tx, into, (0..).zip(wanted).map(row))
}

/// Removes a record's rows of a table, `table WHERE column = `.
fn remove(tx: &mut Conn, from: &str, id: Id) -> QueryResult<()> {
    let statement = Clause::new(format!("DELETE FROM {from}")).bind(Bind::Id(id));
    paging::Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

const TAGS: Table = Table { name: "tags", columns: &[("pointer", "text"), ("code", "text")] };
const TENURES: Table = Table {
    name: "tenures",
    columns: &[("pointer", "text"), ("position", "bigint"), ("earliest", "text"), ("latest", "text")],
};
const CITATIONS: Table = Table {
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
const DATES: Table = Table {
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
const WORDS: Table =
    Table { name: "words", columns: &[("word", "text"), ("rest", "text"), ("opens", "bigint")] };

/// Gives a record these rows of a table that no write reads, instead of those it has.
fn replace_late<T: PartialEq>(
    table: &'static Table,
    id: Id,
    (held, wanted): (&[T], &[T]),
    row: impl Fn((i64, &T)) -> Vec<Bind>,
) {
    if held != wanted {
        late::replace(table, id, !held.is_empty(), (0..).zip(wanted).map(row).collect());
    }
}

/// Gives a record these codes inside lists, instead of those that it holds.
pub fn set_tags(id: Id, held: &[(String, &'static str)], wanted: &[(String, &'static str)]) {
    replace_late(&TAGS, id, (held, wanted), |(_, (pointer, code))| {
        vec![pointer.clone().into(), (*code).into()]
    });
}

/// The first and the last day on which an item of a list may have held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// The list.
    pub pointer: &'static str,
    /// The first possible day; none where it is unbounded or unknown.
    pub earliest: Option<String>,
    /// The last possible day; none where it is unbounded or unknown.
    pub latest: Option<String>,
}

/// Gives a record these terms of its dated items, instead of those that it has.
pub fn set_tenures(id: Id, held: &[Tenure], wanted: &[Tenure]) {
    replace_late(&TENURES, id, (held, wanted), |(position, tenure)| {
        let (earliest, latest) = (tenure.earliest.clone(), tenure.latest.clone());
        vec![tenure.pointer.into(), position.into(), earliest.into(), latest.into()]
    });
}

/// Inserts rows, as many in a statement as the database likes.
pub(super) fn insert(tx: &mut Conn, into: &str, rows: impl Iterator<Item = Clause>) -> QueryResult<()> {
    let (mut rows, most) = (rows.peekable(), bulk::rows_at_once(tx));
    while rows.peek().is_some() {
        let (first, mut few) = (format!("INSERT INTO {into} VALUES "), rows.by_ref().take(most));
        let statement = few.next().map(|row| Clause::new(first).then(row)).unwrap_or_default();
        let statement = few.fold(statement, |statement, row| statement.sql(", ").then(row));
        paging::Statement::<BigInt>::new(statement).execute(tx)?;
    }
    Ok(())
}

/// What one source says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
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
pub fn set_citations(id: Id, kind: Kind, held: &[Claim], wanted: &[Claim]) {
    replace_late(&CITATIONS, id, (held, wanted), |(position, one)| {
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
pub fn set_dates(id: Id, kind: Kind, held: &[(String, PartialDate)], wanted: &[(String, PartialDate)]) {
    replace_late(&DATES, id, (held, wanted), |(index, (pointer, date))| {
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
pub const LONGEST_WORD: usize = 60;
/// See [`LONGEST_WORD`].
pub const LONGEST_REST: usize = 100;
/// The most words that completion knows of a record: a text of many pages is no name that anybody completes.
const MOST_WORDS: usize = 2_000;

/// The words of names, each with what follows it; 1 where it opens a name.
pub type Words = Vec<((String, String), i64)>;

/// The words of folded names.
#[must_use]
pub fn words(names: &str) -> Words {
    let mut words: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in names.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut rest = line;
        let mut opens = 1;
        while !rest.is_empty() {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let key = (word.chars().take(LONGEST_WORD).collect(), after.chars().take(LONGEST_REST).collect());
            words.entry(key).and_modify(|known| *known |= opens).or_insert(opens);
            if words.len() == MOST_WORDS {
                return words.into_iter().collect();
            }
            (rest, opens) = (after, 0);
        }
    }
    words.into_iter().collect()
}

/// Gives a record these words, instead of those that it has.
pub fn set_words(id: Id, held: &Words, wanted: &Words) {
    replace_late(&WORDS, id, (held, wanted), |(_, ((word, rest), opens))| {
        vec![word.clone().into(), rest.clone().into(), (*opens).into()]
    });
}

/// Removes everything projected from a record's content; the row, its identifiers and its changes stay.
///
/// # Errors
/// When the database fails.
pub fn unproject(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    remove(tx, "refs WHERE from_record = ", head.id)?;
    for table in [&TAGS, &CITATIONS, &DATES, &WORDS, &TENURES] {
        late::replace(table, head.id, true, vec![]);
    }
    late::hide(head.number);
    remove(tx, &format!("{table} WHERE id = "), head.id)
}

/// A column of a kind's table, and its value.
pub type Column = (&'static str, Bind);

/// A row of a kind's table, without the id.
pub type Columns = Vec<Column>;

/// Gives a record this row of its kind's table, instead of the one that it has; none is `held` where there is none.
/// Only what differs is set: of the table's indexes, those of the columns set are written.
///
/// # Errors
/// When the database fails, or another record's row has what only one may have.
pub fn set_columns(
    tx: &mut Conn,
    id: Id,
    table: &str,
    held: &[Column],
    wanted: &[Column],
) -> QueryResult<()> {
    if held.is_empty() {
        let names: String = wanted.iter().flat_map(|(name, _)| [", ", *name]).collect();
        let values = wanted.iter().map(|(_, value)| value.clone());
        let row = Clause::default().list([Bind::Id(id)].into_iter().chain(values));
        return insert(tx, &format!("{table} (id{names})"), [row].into_iter());
    }
    let changed: Vec<&Column> = wanted.iter().filter(|column| !held.contains(column)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut statement = Clause::new(format!("UPDATE {table}"));
    for (index, (name, value)) in changed.into_iter().enumerate() {
        let before = if index == 0 { " SET " } else { ", " };
        statement = statement.sql([before, *name, " = "].concat()).bind(value.clone());
    }
    let statement = statement.sql(" WHERE id = ").bind(Bind::Id(id));
    paging::Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// The columns of a date that may be unset: its text, its first and its last possible day.
#[must_use]
pub fn span([text, earliest, latest]: [&'static str; 3], date: Option<&PartialDate>) -> [Column; 3] {
    [
        (text, date.map(|date| date.edtf().as_str()).into()),
        (earliest, date.and_then(PartialDate::earliest).into()),
        (latest, date.and_then(PartialDate::latest).into()),
    ]
}

/// The columns of a date, by the name of the first.
#[macro_export]
macro_rules! span {
    ($name:literal, $date:expr) => {
        $crate::registry::store::span([$name, concat!($name, "_earliest"), concat!($name, "_latest")], $date)
    };
}

/// The longest sort key, in bytes: an entry of an index of PostgreSQL holds about 2,700, and a list compares several keys.
pub const LONGEST_KEY: usize = 512;

/// The sort key of a text in a language, with the label's fallback, as far as it fits in an index. Texts that begin alike
/// so far are in the order of their ids.
#[must_use]
pub fn key(text: &Text, language: &str) -> String {
    let mut key = folding::sort_key(text.show(Language::from_tag(language).unwrap_or_default()));
    key.truncate(key.floor_char_boundary(LONGEST_KEY));
    key
}
