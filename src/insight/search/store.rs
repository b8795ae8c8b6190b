//! What the search asks of the database.

use super::conditions::{conditions, countries, refusals};
use super::facets::Filters;
use super::query::Term;
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::texts::Wanted;
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::registry::content::{self, Place};
use crate::registry::engine::Stored;
use crate::registry::store::{LONGEST_REST, LONGEST_WORD};
use crate::vocabulary::{Identifier, Kind, Text as Name};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// The most records that a search ranks.
pub(super) const MOST: usize = 10_000;
/// The most records that bear a value as an identifier, and are looked at.
const MOST_IDENTIFIED: i64 = 100;
/// The most words that one letter begins, and are looked at for the nearest.
const MOST_WORDS: i64 = 20_000;
/// The most words that completion ranks.
const MOST_COMPLETIONS: i64 = 500;
/// How far completion counts the references to a record.
const MOST_REFERENCES: i64 = 100;

/// Behind every text that begins with the text before it.
const LAST: char = '\u{10FFFF}';

/// A record that may be a hit, with what its rank and the facets need.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Candidate {
    /// Its id.
    pub(super) id: Id,
    /// Its kind's name.
    pub(super) kind: String,
    /// Its names, folded (`folding::fold_texts`).
    pub(super) names: String,
    /// The countries it has to do with, between spaces.
    pub(super) countries: String,
    /// Its themes, between spaces.
    pub(super) themes: String,
    /// When it began or took place, as EDTF; empty if it does not say.
    pub(super) date: String,
    /// How many references to it there are.
    pub(super) references: i64,
}

/// The columns of a candidate: `s` is `search`, `r` is `records`.
fn columns() -> String {
    let date = |kind: &Kind| {
        let (name, table, column) = (kind.as_str(), kind.shelf().table(), kind.shelf().dated()?);
        Some(format!(" WHEN '{name}' THEN (SELECT t.{column} FROM {table} t WHERE t.id = r.id)"))
    };
    let dates: String = Kind::ALL.iter().filter_map(date).collect();
    let countries = countries();
    format!(
        "SELECT r.id, r.kind, s.name, \
         COALESCE((SELECT string_agg(c.country, ' ') FROM ({countries}) c), ''), \
         COALESCE((SELECT string_agg(g.code, ' ') FROM tags g WHERE g.record_id = r.id AND g.pointer LIKE '%/themes'), ''), \
         COALESCE(CASE r.kind{dates} END, ''), \
         (SELECT COUNT(*) FROM refs x WHERE x.to_record = r.id) FROM "
    )
}

/// The texts and their records, as an index of the texts finds them.
const BY_TEXT: &str = "search s CROSS JOIN records r WHERE r.number = s.rowid AND ";
/// The records and their texts, as an index of the records finds them.
const BY_RECORD: &str = "records r CROSS JOIN search s WHERE s.rowid = r.number AND ";

fn load(tx: &mut Conn, statement: Clause) -> QueryResult<Vec<Candidate>> {
    Statement::<(Guid, Text, Text, Text, Text, Text, BigInt)>::new(statement).load(tx)
}

fn number(count: usize) -> Bind {
    Bind::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The records for which this holds, the oldest.
fn oldest(tx: &mut Conn, from: &str, condition: Clause, limit: usize) -> QueryResult<Vec<Candidate>> {
    let statement = Clause::new(columns() + from).then(Clause::in_time()).sql(" AND ").then(condition);
    load(tx, statement.sql(" ORDER BY s.rowid LIMIT ").bind(number(limit)))
}

/// The records whose texts have all terms and which at most one filter refuses; first those that none refuses, then
/// those whose names have the words, then the oldest.
fn best(
    tx: &mut Conn,
    terms: &[Term],
    has_all: &Clause,
    filters: &Filters,
    limit: usize,
) -> QueryResult<Vec<Candidate>> {
    let conditions = conditions(filters);
    let refusals = refusals(&conditions);
    let each = |start: &'static str| {
        Clause::all(terms.iter().map(|term| Clause::new(start).then(begun(&term.folded)).sql(")")))
    };
    let is_named = each("EXISTS (SELECT 1 FROM words WHERE record_id = r.id AND ");
    let mut by_name = (BY_TEXT, has_all.clone(), is_named.clone());
    for term in terms {
        let names = Clause::new("SELECT 1 FROM words WHERE ").then(begun(&term.folded));
        if count(tx, names, limit)? < limit {
            // So few names are read before the texts.
            let named = each("r.id IN (SELECT record_id FROM words WHERE ");
            by_name = (BY_RECORD, wanted(terms).held(), named);
        }
    }
    let by_text = (BY_TEXT, has_all.clone(), Clause::new("NOT ").then(is_named));
    let mut found = Vec::new();
    for refused in 0..=conditions.len().min(1) {
        let refused = refusals.clone().sql(format!(" = {refused}"));
        for (from, has_all, is_named) in [by_name.clone(), by_text.clone()] {
            let condition = Clause::all([has_all, is_named, refused.clone()]);
            let left = limit.saturating_sub(found.len());
            if left > 0 {
                found.extend(oldest(tx, from, condition, left)?);
            }
        }
    }
    Ok(found)
}

/// What texts must have.
fn wanted(terms: &[Term]) -> Wanted {
    Wanted::new(terms.iter().map(|term| term.patterns.clone()))
}

/// How many rows a query finds, counted up to `most`.
fn count(tx: &mut Conn, query: Clause, most: usize) -> QueryResult<usize> {
    let query =
        Clause::new("SELECT COUNT(*) FROM (").then(query).sql(" LIMIT ").bind(number(most)).sql(") f");
    let count: i64 = Statement::<BigInt>::new(query).get_result(tx)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// How many texts there are for which this holds, counted up to `most`.
fn matches(tx: &mut Conn, condition: Clause, most: usize) -> QueryResult<usize> {
    let matches = Clause::new("SELECT s.rowid FROM search s WHERE ").then(Clause::in_time());
    count(tx, matches.sql(" AND ").then(condition), most)
}

/// The records whose texts have all terms, at most `cap`, and whether there are more. Then the filters take part in the
/// choice: at most one of them refuses a record, which counts in its facet alone, and those that none refuses come first.
pub(super) fn candidates(
    tx: &mut Conn,
    terms: &[Term],
    filters: &Filters,
    cap: usize,
) -> QueryResult<(Vec<Candidate>, bool)> {
    let has_all = wanted(terms).first(tx)?;
    let limit = cap.saturating_add(1);
    let is_choice = !terms.is_empty() || !conditions(filters).is_empty();
    // Counted first: what is read of each record costs more than to find it twice.
    let mut found = if is_choice && matches(tx, has_all.clone(), limit)? == limit {
        best(tx, terms, &has_all, filters, limit)?
    } else {
        oldest(tx, BY_TEXT, has_all, limit)?
    };
    let is_capped = found.len() > cap;
    found.truncate(cap);
    Ok((found, is_capped))
}

/// The records that bear an identifier: `scheme:value`, or a value alone.
pub(super) fn identified(tx: &mut Conn, text: &str) -> QueryResult<Vec<Candidate>> {
    if text.is_empty() || text.len() > 200 || text.contains(char::is_whitespace) {
        return Ok(Vec::new());
    }
    let bears = Clause::new("r.id IN (SELECT record_id FROM identifiers WHERE ");
    let condition = if let Some(Identifier { scheme, value }) = Identifier::parse(text) {
        bears.sql("scheme = ").text(scheme).sql(" AND value = ").text(value)
    } else {
        let ways = [text.to_owned(), text.to_uppercase(), text.to_lowercase()].map(Bind::Text);
        bears.sql("value IN ").list(ways).sql(" LIMIT ").bind(Bind::Int(MOST_IDENTIFIED))
    };
    oldest(tx, BY_RECORD, condition.sql(")"), MOST)
}

/// Whether any record has a term.
pub(super) fn is_known(tx: &mut Conn, term: &Term) -> QueryResult<bool> {
    Ok(matches(tx, wanted(std::slice::from_ref(term)).found(), 1)? > 0)
}

/// A word and what follows it begin with these words, the last of which may go on.
fn begun(folded: &str) -> Clause {
    let short = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let from = |column: &'static str, start: String| {
        let behind = format!("{start}{LAST}");
        Clause::new(column).sql(" >= ").text(start).sql(" AND ").sql(column).sql(" < ").text(behind)
    };
    match folded.split_once(' ') {
        None => from("word", short(folded, LONGEST_WORD)),
        Some((first, rest)) => {
            let rest = from("rest", short(rest, LONGEST_REST));
            Clause::new("word = ").text(short(first, LONGEST_WORD)).sql(" AND ").then(rest)
        }
    }
}

/// The distinct words of names that begin with a letter, in order. The index is read from word to word, so that it does
/// not matter how many names a word is in.
pub(super) fn words_of(tx: &mut Conn, letter: char) -> QueryResult<Vec<String>> {
    let behind = format!("{letter}{LAST}");
    let statement = Clause::new("WITH RECURSIVE w(word) AS (SELECT MIN(word) FROM words WHERE word >= ")
        .text(letter)
        .sql(" AND word < ")
        .text(behind.clone())
        .sql(" UNION ALL SELECT (SELECT MIN(v.word) FROM words v WHERE v.word > w.word AND v.word < ")
        .text(behind)
        .sql(") FROM w WHERE w.word IS NOT NULL) SELECT word FROM w WHERE word IS NOT NULL LIMIT ")
        .bind(Bind::Int(MOST_WORDS));
    Statement::<Text>::new(statement).load(tx)
}

/// How many names each of these words is in.
pub(super) fn uses(tx: &mut Conn, words: &[String]) -> QueryResult<Vec<(String, i64)>> {
    let words = words.iter().map(|word| Bind::Text(word.clone()));
    let statement =
        Clause::new("SELECT word, COUNT(*) FROM words WHERE word IN ").list(words).sql(" GROUP BY word");
    Statement::<(Text, BigInt)>::new(statement).load(tx)
}

/// The first record of which a word is in a name.
pub(super) fn bearer(tx: &mut Conn, word: &str) -> QueryResult<Vec<Id>> {
    let statement = Clause::new("SELECT record_id FROM words WHERE word = ").text(word);
    Statement::<Guid>::new(statement.sql(" ORDER BY rest, record_id LIMIT 1")).load(tx)
}

/// A name that completes what was typed.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Completion {
    /// The record.
    pub(super) id: Id,
    /// Its kind's name.
    pub(super) kind: String,
    /// The word of the name with which it goes on, and what follows.
    pub(super) word: String,
    /// See `word`.
    pub(super) rest: String,
    /// 1 where the word is the first of the name.
    pub(super) opens: i64,
    /// How many references to the record there are, as far as [`MOST_REFERENCES`].
    pub(super) references: i64,
}

/// The names that have these folded words, one after the other, the last of which may go on; those that begin so
/// (`opens`), or those that go on so. The first in alphabetical order, where there are many.
pub(super) fn completions(
    tx: &mut Conn,
    folded: &str,
    kinds: &[Kind],
    opens: bool,
) -> QueryResult<Vec<Completion>> {
    let mut inner = Clause::new("SELECT w.* FROM words w WHERE ").then(begun(folded));
    inner = inner.sql(if opens { " AND opens = 1" } else { " AND opens = 0" });
    if !kinds.is_empty() {
        let kinds = kinds.iter().map(|kind| Bind::Text(kind.as_str().into()));
        inner = inner.sql(" AND record_id IN (SELECT id FROM records WHERE kind IN ").list(kinds).sql(")");
    }
    let statement = Clause::new(
        "SELECT r.id, r.kind, w.word, w.rest, w.opens, (SELECT COUNT(*) FROM (SELECT 1 FROM refs x WHERE x.to_record = r.id LIMIT ",
    )
    .bind(Bind::Int(MOST_REFERENCES))
    .sql(") c) FROM (")
    .then(inner)
    .sql(" ORDER BY word, rest, record_id LIMIT ")
    .bind(Bind::Int(MOST_COMPLETIONS))
    .sql(") w JOIN records r ON r.id = w.record_id");
    Statement::<(Guid, Text, Text, Text, BigInt, BigInt)>::new(statement).load(tx)
}

/// A record as a page shows it: id, kind, name and content.
pub(super) struct Shown {
    pub(super) id: Id,
    pub(super) kind: String,
    pub(super) name: Name,
    pub(super) stored: Stored,
}

/// The records with these ids, in no order.
pub(super) fn shown(tx: &mut Conn, ids: &[Id]) -> Outcome<Vec<Shown>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.iter().map(|id| Bind::Id(*id));
    let statement =
        Clause::new("SELECT id, kind, version, name, content FROM records WHERE id IN ").list(ids);
    let rows: Vec<(Id, String, i64, String, String)> =
        Statement::<(Guid, Text, BigInt, Text, Text)>::new(statement).load(tx)?;
    let read = |(id, kind, version, name, content): (Id, String, i64, String, String)| {
        let stored = Stored::read(Place { kind: &kind, id, version }, &content)?;
        let name = content::name(&kind, id, &name)?;
        Ok(Shown { id, kind, name, stored })
    };
    rows.into_iter().map(read).collect()
}
