//! What is derived from contents: tags, search, and the columns that the kinds' own tables share.

use super::{Head, remove_refs};
use crate::db::schema::{citations, dates, search, tags, tenures, words};
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, bulk, paging};
use crate::vocabulary::language::Language;
use crate::vocabulary::{Kind, PartialDate, Text, folding};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

/// Adds a record's codes inside lists.
///
/// # Errors
/// When the database fails.
pub fn add_tags(tx: &mut Conn, id: Id, wanted: &[(String, &'static str)]) -> QueryResult<()> {
    let row = |(pointer, code): &(String, &'static str)| {
        Clause::new("(").bind(Bind::Id(id)).sql(", ").text(pointer).sql(", ").text(*code).sql(")")
    };
    insert(tx, "tags (record_id, pointer, code)", wanted.iter().map(row))
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

/// Adds the terms of a record's dated items.
///
/// # Errors
/// When the database fails.
pub fn add_tenures(tx: &mut Conn, id: Id, wanted: &[Tenure]) -> QueryResult<()> {
    let text = |day: &Option<String>| day.clone().map_or(Bind::Null, Bind::Text);
    let row = |(tenure, position): (&Tenure, i64)| {
        let values = [Bind::Id(id), Bind::Text(tenure.pointer.into()), Bind::Int(position)];
        Clause::default().list(values.into_iter().chain([text(&tenure.earliest), text(&tenure.latest)]))
    };
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
#[derive(Debug, Clone)]
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

/// Adds what sources say of a record.
///
/// # Errors
/// When the database fails.
pub fn add_citations(tx: &mut Conn, id: Id, kind: Kind, wanted: &[Claim]) -> QueryResult<()> {
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
    insert(tx, columns, (0..).zip(wanted).map(row))
}

/// Adds a record's dates, each with the member it is in.
///
/// # Errors
/// When the database fails.
pub fn add_dates(tx: &mut Conn, id: Id, kind: Kind, wanted: &[(String, PartialDate)]) -> QueryResult<()> {
    let row = |(index, (pointer, date)): (usize, &(String, PartialDate))| {
        let before = wanted.iter().take(index).filter(|(other, _)| other == pointer).count();
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
    insert(tx, columns, wanted.iter().enumerate().map(row))
}

/// The longest word that completion knows, and the most that it knows of what follows, in folded characters.
pub const LONGEST_WORD: usize = 60;
/// See [`LONGEST_WORD`].
pub const LONGEST_REST: usize = 100;

/// Adds what a record is called, and all its texts, to be searched.
///
/// # Errors
/// When the database fails.
pub fn add_search<'a>(
    tx: &mut Conn,
    number: i64,
    id: Id,
    names: impl Iterator<Item = &'a str>,
    texts: impl Iterator<Item = &'a str>,
) -> QueryResult<()> {
    let name = folding::fold_texts(names);
    let mut words: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in name.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut rest = line;
        let mut opens = 1;
        while !rest.is_empty() {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let key = (word.chars().take(LONGEST_WORD).collect(), after.chars().take(LONGEST_REST).collect());
            words.entry(key).and_modify(|known| *known |= opens).or_insert(opens);
            (rest, opens) = (after, 0);
        }
    }
    let row = |((word, rest), opens): ((String, String), i64)| {
        let row = Clause::new("(").text(word).sql(", ").text(rest).sql(", ").bind(Bind::Id(id)).sql(", ");
        row.bind(Bind::Int(opens)).sql(")")
    };
    insert(tx, "words (word, rest, record_id, opens)", words.into_iter().map(row))?;
    let row = (search::rowid.eq(number), search::name.eq(name), search::text.eq(folding::fold_texts(texts)));
    diesel::insert_into(search::table).values(row).execute(tx).map(drop)
}

/// Removes everything projected from a record's content; the row, its identifiers and its changes stay.
///
/// # Errors
/// When the database fails.
pub fn unproject(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    remove_refs(tx, head.id)?;
    clear(tx, head, table)
}

/// Removes a record's tags, terms and searchable texts, and its row from its kind's table.
///
/// # Errors
/// When the database fails.
pub fn clear(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    diesel::delete(tags::table.filter(tags::record_id.eq(head.id))).execute(tx)?;
    diesel::delete(citations::table.filter(citations::record_id.eq(head.id))).execute(tx)?;
    diesel::delete(dates::table.filter(dates::record_id.eq(head.id))).execute(tx)?;
    diesel::delete(tenures::table.filter(tenures::record_id.eq(head.id))).execute(tx)?;
    diesel::delete(search::table.find(head.number)).execute(tx)?;
    diesel::delete(words::table.filter(words::record_id.eq(head.id))).execute(tx)?;
    let statement = Clause::new(format!("DELETE FROM {table} WHERE id = ")).bind(Bind::Id(head.id));
    paging::Statement::<BigInt>::new(statement).execute(tx).map(drop)
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
