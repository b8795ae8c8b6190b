//! What is derived from contents: tags, search, and the columns that the kinds' own tables share.

use super::{Head, remove_refs};
use crate::db::schema::{search, tags, words};
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, paging::Statement};
use crate::vocabulary::language::Language;
use crate::vocabulary::{PartialDate, Text, folding};
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

/// Inserts rows in statements of some dozens each.
pub(super) fn insert(
    tx: &mut Conn,
    into: &'static str,
    rows: impl Iterator<Item = Clause>,
) -> QueryResult<()> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let (first, mut few) = (format!("INSERT INTO {into} VALUES "), rows.by_ref().take(ROWS));
        let statement = few.next().map(|row| Clause::new(first).then(row)).unwrap_or_default();
        let statement = few.fold(statement, |statement, row| statement.sql(", ").then(row));
        Statement::<BigInt>::new(statement).execute(tx)?;
    }
    Ok(())
}

/// The most rows of one statement.
const ROWS: usize = 50;

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

/// Removes a record's tags and searchable texts, and its row from its kind's table.
///
/// # Errors
/// When the database fails.
pub fn clear(tx: &mut Conn, head: &Head, table: &str) -> QueryResult<()> {
    diesel::delete(tags::table.filter(tags::record_id.eq(head.id))).execute(tx)?;
    diesel::delete(search::table.find(head.number)).execute(tx)?;
    diesel::delete(words::table.filter(words::record_id.eq(head.id))).execute(tx)?;
    let statement = Clause::new(format!("DELETE FROM {table} WHERE id = ")).bind(Bind::Id(head.id));
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
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
