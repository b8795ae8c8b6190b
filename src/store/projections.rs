//! Index rows derived from a record: tags, periods, citations, dates, completion words, the kind's own row.

use super::records::RecordRow;
use crate::db::bulk;
use crate::db::conn::Conn;
use crate::db::deferred::{self, DeferredTable};
use crate::db::sql::{self, BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::folding;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::BTreeMap;

/// Replaces the rows of a record in a table at once. `from` is `table WHERE column = `, `into` is `table
/// (columns)`.
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

/// Deletes the rows of a record; `from` is `table WHERE column = `.
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

/// Replaces the rows of a record in a table at the end of the transaction, if they differ.
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

/// Replaces the codes of a record that are in lists, each with its member.
pub fn set_tags(id: Id, current: &[(String, &'static str)], wanted: &[(String, &'static str)]) {
    defer_replacement(&TAGS, id, (current, wanted), |(_, (pointer, code))| {
        vec![pointer.clone().into(), (*code).into()]
    });
}

/// The days between which an item of a list may have been valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPeriod {
    /// The list's member.
    pub pointer: &'static str,
    /// The first possible day; none if unbounded or unknown.
    pub earliest: Option<String>,
    /// The last possible day; none if unbounded or unknown.
    pub latest: Option<String>,
}

/// Replaces the periods of the dated items of a record.
pub fn set_item_periods(id: Id, current: &[ItemPeriod], wanted: &[ItemPeriod]) {
    defer_replacement(&TENURES, id, (current, wanted), |(position, period)| {
        let (earliest, latest) = (period.earliest.clone(), period.latest.clone());
        vec![period.pointer.into(), position.into(), earliest.into(), latest.into()]
    });
}

/// Inserts rows, with [`bulk::rows_per_insert`] rows per statement.
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

/// A row of table `citations`: what one source says about a member of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitationRow {
    /// The source.
    pub source: Id,
    /// The member that the citation is about.
    pub pointer: String,
    /// Its rank among the citations of the member.
    pub rank: String,
    /// How certainly the source says it.
    pub certainty: String,
    /// The reason for its rank.
    pub reason: Option<String>,
    /// The severity of its disagreement with the record's value: see [`crate::domain::disagreement`].
    pub severity: i64,
    /// Whether the disagreement is explained.
    pub explained: bool,
    /// The citation as JSON.
    pub content: String,
}

/// Replaces the citations of a record.
pub fn set_citations(id: Id, kind: Kind, current: &[CitationRow], wanted: &[CitationRow]) {
    defer_replacement(&CITATIONS, id, (current, wanted), |(position, citation)| {
        vec![
            position.into(),
            kind.as_str().into(),
            citation.pointer.clone().into(),
            citation.source.into(),
            citation.rank.clone().into(),
            citation.certainty.clone().into(),
            citation.reason.clone().into(),
            citation.severity.into(),
            i64::from(citation.explained).into(),
            citation.content.clone().into(),
        ]
    });
}

/// Replaces the dates of a record, each with its member.
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

/// The most characters of a word in table `words`, folded.
pub const MAX_WORD_CHARS: usize = 60;

/// The most characters of the text after a word in table `words`, folded.
pub const MAX_REST_CHARS: usize = 100;

/// The most completion words of one record: nobody completes a name as long as a page.
const MAX_COMPLETION_WORDS: usize = 2_000;

/// Completion words, each with the text that follows it; 1 if the word begins a name.
pub type CompletionWords = Vec<((String, String), i64)>;

/// Returns the words of folded names, one name per line.
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

/// Replaces the completion words of a record.
pub fn set_words(id: Id, current: &CompletionWords, wanted: &CompletionWords) {
    defer_replacement(&WORDS, id, (current, wanted), |(_, ((word, rest), opens))| {
        vec![word.clone().into(), rest.clone().into(), (*opens).into()]
    });
}

/// Deletes all index rows of a record; its row in `records`, its identifiers and its changes stay.
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

/// Replaces the row of a record in its kind's table; `current` is empty if there is none. Sets only the
/// columns that differ, so that only their indexes are written.
///
/// # Errors
/// A unique violation when another record has a value that must be unique.
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

/// Returns the three columns of an optional date: EDTF text, first and last possible day.
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

/// Returns the columns of a date, whose names derive from that of the first.
macro_rules! date_columns {
    ($name:literal, $date:expr) => {
        $crate::store::projections::date_column_values(
            [$name, concat!($name, "_earliest"), concat!($name, "_latest")],
            $date,
        )
    };
}
pub(crate) use date_columns;

/// The longest sort key, in bytes. An index entry of PostgreSQL holds about 2,700, and a list compares
/// several keys.
pub const MAX_SORT_KEY_BYTES: usize = 512;

/// Returns the sort key of a text in a language (or the language that its label falls back to), cut to fit in
/// an index. Texts that begin alike for so long are sorted by id.
#[must_use]
pub fn sort_key_of(text: &Text, language: &str) -> String {
    let mut key = folding::collation_key(text.in_language(Language::from_tag(language).unwrap_or_default()));
    key.truncate(key.floor_char_boundary(MAX_SORT_KEY_BYTES));
    key
}
