//! What is derived from contents: tags, search, and the columns that the kinds' own tables share.

use super::Head;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, bulk, late, paging};
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

/// Gives a record these codes inside lists, instead of those that it holds.
///
/// # Errors
/// When the database fails.
pub fn set_tags(
    tx: &mut Conn,
    id: Id,
    held: &[(String, &'static str)],
    wanted: &[(String, &'static str)],
) -> QueryResult<()> {
    let row = |(_, (pointer, code)): (i64, &(String, &'static str))| {
        Clause::default().list([Bind::Id(id), Bind::Text(pointer.clone()), Bind::Text((*code).into())])
    };
    let table = ("tags WHERE record_id = ", "tags (record_id, pointer, code)");
    replace(tx, id, table, (held, wanted), row)
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
///
/// # Errors
/// When the database fails.
pub fn set_tenures(tx: &mut Conn, id: Id, wanted: &[Tenure]) -> QueryResult<()> {
    let text = |day: &Option<String>| day.clone().map_or(Bind::Null, Bind::Text);
    let row = |(tenure, position): (&Tenure, i64)| {
        let values = [Bind::Id(id), Bind::Text(tenure.pointer.into()), Bind::Int(position)];
        Clause::default().list(values.into_iter().chain([text(&tenure.earliest), text(&tenure.latest)]))
    };
    remove(tx, "tenures WHERE record_id = ", id)?;
    let columns = "tenures (record_id, pointer, position, earliest, latest)";
    insert(tx, columns, wanted.iter().zip(0..).map(row))
}

/// Inserts rows, as many in a statement as the database likes.
pub(super) fn insert(
    tx: &mut Conn,
    into: &'static str,
    rows: impl Iterator<Item = Clause>,
) -> QueryResult<()> {
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
///
/// # Errors
/// When the database fails.
pub fn set_citations(tx: &mut Conn, id: Id, kind: Kind, held: &[Claim], wanted: &[Claim]) -> QueryResult<()> {
    let row = |(position, one): (i64, &Claim)| {
        Clause::default().list([
            Bind::Id(id),
            Bind::Int(position),
            Bind::Text(kind.as_str().into()),
            Bind::Text(one.pointer.clone()),
            Bind::Id(one.source),
            Bind::Text(one.rank.clone()),
            Bind::Text(one.certainty.clone()),
            one.reason.clone().map_or(Bind::Null, Bind::Text),
            Bind::Int(one.severity),
            Bind::Int(one.explained.into()),
            Bind::Text(one.content.clone()),
        ])
    };
    let columns = "citations (record_id, position, kind, pointer, source_id, rank, certainty, reason, severity, explained, content)";
    replace(tx, id, ("citations WHERE record_id = ", columns), (held, wanted), row)
}

/// Gives a record these dates, each with the member it is in, instead of those that it has.
///
/// # Errors
/// When the database fails.
pub fn set_dates(
    tx: &mut Conn,
    id: Id,
    kind: Kind,
    held: &[(String, PartialDate)],
    wanted: &[(String, PartialDate)],
) -> QueryResult<()> {
    let row = |(index, (pointer, date)): (i64, &(String, PartialDate))| {
        let before = wanted
            .iter()
            .take(usize::try_from(index).unwrap_or_default())
            .filter(|(other, _)| other == pointer)
            .count();
        let day = |day: Option<String>| day.map_or(Bind::Null, Bind::Text);
        Clause::default().list([
            Bind::Id(id),
            Bind::Text(pointer.clone()),
            Bind::Int(i64::try_from(before).unwrap_or_default()),
            Bind::Text(kind.as_str().into()),
            Bind::Text(date.edtf().as_str().to_owned()),
            day(date.earliest()),
            day(date.latest()),
        ])
    };
    let columns = "dates (record_id, pointer, position, kind, edtf, earliest, latest)";
    replace(tx, id, ("dates WHERE record_id = ", columns), (held, wanted), row)
}

/// The longest word that completion knows, and the most that it knows of what follows, in folded characters.
pub const LONGEST_WORD: usize = 60;
/// See [`LONGEST_WORD`].
pub const LONGEST_REST: usize = 100;

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
            (rest, opens) = (after, 0);
        }
    }
    words.into_iter().collect()
}

/// Gives a record these words, instead of those that it has.
///
/// # Errors
/// When the database fails.
pub fn set_words(tx: &mut Conn, id: Id, held: &Words, wanted: &Words) -> QueryResult<()> {
    let row = |(_, ((word, rest), opens)): (i64, &((String, String), i64))| {
        let words = [Bind::Text(word.clone()), Bind::Text(rest.clone())];
        Clause::default().list(words.into_iter().chain([Bind::Id(id), Bind::Int(*opens)]))
    };
    let table = ("words WHERE record_id = ", "words (word, rest, record_id, opens)");
    replace(tx, id, table, (held, wanted), row)
}

/// Removes everything projected from a record's content; the row, its identifiers and its changes stay.
///
/// # Errors
/// When the database fails.
pub fn unproject(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    remove(tx, "refs WHERE from_record = ", head.id)?;
    for shared in ["tags", "citations", "dates", "words", "tenures"] {
        remove(tx, &format!("{shared} WHERE record_id = "), head.id)?;
    }
    late::hide(tx, head.number)?;
    clear_own(tx, head.id, table)
}

/// Removes a record's row from its kind's table.
///
/// # Errors
/// When the database fails.
pub fn clear_own(tx: &mut Conn, id: Id, table: &str) -> QueryResult<()> {
    remove(tx, &format!("{table} WHERE id = "), id)
}

/// The columns of a date.
#[derive(Debug, Default)]
pub struct Span {
    /// Its text.
    pub text: Option<String>,
    /// Its first possible day.
    pub earliest: Option<String>,
    /// Its last possible day.
    pub latest: Option<String>,
}

/// The columns of a date that may be unset.
#[must_use]
pub fn span(date: Option<&PartialDate>) -> Span {
    date.map_or_else(Span::default, |date| Span {
        text: Some(date.edtf().as_str().to_owned()),
        earliest: date.earliest(),
        latest: date.latest(),
    })
}

/// The sort key of a text in a language, with the label's fallback.
#[must_use]
pub fn key(text: &Text, language: &str) -> String {
    folding::sort_key(text.show(Language::from_tag(language).unwrap_or_default()))
}
