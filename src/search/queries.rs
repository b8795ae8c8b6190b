//! SQL of the search: candidates, words of names, completions, the records of a page.

use super::candidate::Candidate;
use super::filter_sql::{countries_sql, failed_filters, filter_conditions};
use super::filters::SearchFilters;
use super::query::QueryTerm;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::fulltext::TextQuery;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text as Name;
use crate::gazetteer::identifiers::parse_identifier;
use crate::kinds::all;
use crate::records::stored::StoredRecord;
use crate::store::damage::{self, StoredRowId};
use crate::store::projections::{MAX_REST_CHARS, MAX_WORD_CHARS};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Maximum number of records that a search ranks.
pub const MAX_RANKED: usize = 10_000;

/// Maximum number of records read that have a value as an identifier of any scheme.
const MAX_IDENTIFIED: i64 = 100;

/// Maximum number of words read per initial letter, for spelling correction.
const MAX_WORDS: i64 = 20_000;

/// Maximum number of words of names that completion ranks.
const MAX_COMPLETIONS: i64 = 500;

/// Completion counts the references to a record up to this number.
const MAX_REFERENCES: i64 = 100;

/// Appended to a prefix, makes an upper bound of all texts with that prefix.
const PREFIX_END: char = '\u{10FFFF}';

/// `SELECT … FROM` of the columns of [`Candidate`]; `s` is table `search`, `r` is `records`.
fn candidate_select() -> String {
    let date = |kind: &Kind| {
        let (name, table, column) =
            (kind.as_str(), all::definition(*kind).table(), all::definition(*kind).date_member()?);
        Some(format!(" WHEN '{name}' THEN (SELECT t.{column} FROM {table} t WHERE t.id = r.id)"))
    };
    let dates: String = Kind::ALL.iter().filter_map(date).collect();
    let countries = countries_sql();
    format!(
        "SELECT r.id, r.kind, s.name, \
         COALESCE((SELECT string_agg(c.country, ' ') FROM ({countries}) c), ''), \
         COALESCE((SELECT string_agg(g.code, ' ') FROM tags g WHERE g.record_id = r.id AND g.pointer LIKE '%/themes'), ''), \
         COALESCE(CASE r.kind{dates} END, ''), \
         (SELECT COUNT(*) FROM refs x WHERE x.to_record = r.id) FROM "
    )
}

/// Join order that starts from the full-text index.
const FROM_TEXTS: &str = "search s CROSS JOIN records r WHERE r.number = s.rowid AND ";

/// Join order that starts from an index of the records.
const FROM_RECORDS: &str = "records r CROSS JOIN search s WHERE s.rowid = r.number AND ";

fn load_candidates(tx: &mut Conn, statement: SqlFragment) -> QueryResult<Vec<Candidate>> {
    Statement::<(UuidSql, Text, Text, Text, Text, Text, BigInt)>::new(statement).load(tx)
}

fn bind_count(count: usize) -> BindValue {
    BindValue::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Returns the records that satisfy a condition, oldest first.
fn find_oldest(
    tx: &mut Conn,
    from: &str,
    condition: SqlFragment,
    limit: usize,
) -> QueryResult<Vec<Candidate>> {
    let statement = SqlFragment::new(candidate_select() + from)
        .append(SqlFragment::time_limit())
        .sql(" AND ")
        .append(condition);
    load_candidates(tx, statement.sql(" ORDER BY s.rowid LIMIT ").bind(bind_count(limit)))
}

/// Returns records that match all terms and fail at most one filter. Order: filters failed, then records with
/// the words in their names, then oldest first.
fn find_best(
    tx: &mut Conn,
    terms: &[QueryTerm],
    matches_all: &SqlFragment,
    filters: &SearchFilters,
    limit: usize,
) -> QueryResult<Vec<Candidate>> {
    let conditions = filter_conditions(filters);
    let refusals = failed_filters(&conditions);
    let each_term = |start: &'static str| {
        SqlFragment::all(
            terms.iter().map(|term| SqlFragment::new(start).append(prefix_condition(&term.folded)).sql(")")),
        )
    };
    let is_named = each_term("EXISTS (SELECT 1 FROM words WHERE record_id = r.id AND ");
    let mut by_name = (FROM_TEXTS, matches_all.clone(), is_named.clone());
    for term in terms {
        let names = SqlFragment::new("SELECT 1 FROM words WHERE ").append(prefix_condition(&term.folded));
        if count_rows(tx, names, limit)? < limit {
            // A rare word: cheaper to start from the names than from the texts.
            let has_names = each_term("r.id IN (SELECT record_id FROM words WHERE ");
            by_name = (FROM_RECORDS, text_query(terms).matches(), has_names);
        }
    }
    let by_text = (FROM_TEXTS, matches_all.clone(), SqlFragment::new("NOT ").append(is_named));
    let mut found = Vec::new();
    for refused in 0..=conditions.len().min(1) {
        let refused = refusals.clone().sql(format!(" = {refused}"));
        for (from, matches_all, is_named) in [by_name.clone(), by_text.clone()] {
            let condition = SqlFragment::all([matches_all, is_named, refused.clone()]);
            let left = limit.saturating_sub(found.len());
            if left > 0 {
                found.extend(find_oldest(tx, from, condition, left)?);
            }
        }
    }
    Ok(found)
}

/// Returns the full-text query for all terms.
fn text_query(terms: &[QueryTerm]) -> TextQuery {
    TextQuery::new(terms.iter().map(|term| term.patterns.clone()))
}

/// Counts the rows of a query, up to `limit`.
fn count_rows(tx: &mut Conn, query: SqlFragment, limit: usize) -> QueryResult<usize> {
    let query = SqlFragment::new("SELECT COUNT(*) FROM (")
        .append(query)
        .sql(" LIMIT ")
        .bind(bind_count(limit))
        .sql(") f");
    let count: i64 = Statement::<BigInt>::new(query).get_result(tx)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Counts the texts that satisfy a condition, up to `limit`.
fn count_texts(tx: &mut Conn, condition: SqlFragment, limit: usize) -> QueryResult<usize> {
    let matches = SqlFragment::new("SELECT s.rowid FROM search s WHERE ").append(SqlFragment::time_limit());
    count_rows(tx, matches.sql(" AND ").append(condition), limit)
}

/// Returns at most `max_ranked` records that match all terms, and whether there are more.
///
/// If there are more, the filters take part in the choice: records that pass all of them come first, then
/// those that fail one, which only the facet of that filter counts.
pub(super) fn find_candidates(
    tx: &mut Conn,
    terms: &[QueryTerm],
    filters: &SearchFilters,
    max_ranked: usize,
) -> QueryResult<(Vec<Candidate>, bool)> {
    let matches_all = text_query(terms).choose_match(tx)?;
    let limit = max_ranked.saturating_add(1);
    let is_choice = !terms.is_empty() || !filter_conditions(filters).is_empty();
    // Counted first: reading the columns of a candidate costs more than finding it twice.
    let mut found = if is_choice && count_texts(tx, matches_all.clone(), limit)? == limit {
        find_best(tx, terms, &matches_all, filters, limit)?
    } else {
        find_oldest(tx, FROM_TEXTS, matches_all, limit)?
    };
    let is_capped = found.len() > max_ranked;
    found.truncate(max_ranked);
    Ok((found, is_capped))
}

/// Returns the records that have an identifier: `scheme:value`, or a value alone in any letter case.
pub(super) fn find_by_identifier(tx: &mut Conn, text: &str) -> QueryResult<Vec<Candidate>> {
    if text.is_empty() || text.len() > 200 || text.contains(char::is_whitespace) {
        return Ok(Vec::new());
    }
    let bears = SqlFragment::new("r.id IN (SELECT record_id FROM identifiers WHERE ");
    let condition = if let Some(Identifier { scheme, value }) = parse_identifier(text) {
        bears.sql("scheme = ").bind_text(scheme).sql(" AND value = ").bind_text(value)
    } else {
        let ways = [text.to_owned(), text.to_uppercase(), text.to_lowercase()].map(BindValue::Text);
        bears.sql("value IN ").bind_list(ways).sql(" LIMIT ").bind(BindValue::Int(MAX_IDENTIFIED))
    };
    find_oldest(tx, FROM_RECORDS, condition.sql(")"), MAX_RANKED)
}

/// Returns whether any text matches a term.
pub(super) fn is_in_any_text(tx: &mut Conn, term: &QueryTerm) -> QueryResult<bool> {
    Ok(count_texts(tx, text_query(std::slice::from_ref(term)).matches_by_index(), 1)? > 0)
}

/// Returns the condition that a row of `words` begins with these words, the last of which may be incomplete.
fn prefix_condition(folded: &str) -> SqlFragment {
    let short = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let from = |column: &'static str, start: String| {
        let behind = format!("{start}{PREFIX_END}");
        SqlFragment::new(column)
            .sql(" >= ")
            .bind_text(start)
            .sql(" AND ")
            .sql(column)
            .sql(" < ")
            .bind_text(behind)
    };
    match folded.split_once(' ') {
        None => from("word", short(folded, MAX_WORD_CHARS)),
        Some((first, rest)) => {
            let rest = from("rest", short(rest, MAX_REST_CHARS));
            SqlFragment::new("word = ").bind_text(short(first, MAX_WORD_CHARS)).sql(" AND ").append(rest)
        }
    }
}

/// Returns the distinct words of names that begin with a letter, in alphabetical order. Skips through the
/// index from word to word, so that the cost does not depend on how many names a word is in.
pub(super) fn words_with_initial(tx: &mut Conn, letter: char) -> QueryResult<Vec<String>> {
    let behind = format!("{letter}{PREFIX_END}");
    let statement = SqlFragment::new("WITH RECURSIVE w(word) AS (SELECT MIN(word) FROM words WHERE word >= ")
        .bind_text(letter)
        .sql(" AND word < ")
        .bind_text(behind.clone())
        .sql(" UNION ALL SELECT (SELECT MIN(v.word) FROM words v WHERE v.word > w.word AND v.word < ")
        .bind_text(behind)
        .sql(") FROM w WHERE w.word IS NOT NULL) SELECT word FROM w WHERE word IS NOT NULL LIMIT ")
        .bind(BindValue::Int(MAX_WORDS));
    Statement::<Text>::new(statement).load(tx)
}

/// Returns the number of names that each of these words is in.
pub(super) fn count_names(tx: &mut Conn, words: &[String]) -> QueryResult<Vec<(String, i64)>> {
    let words = words.iter().map(|word| BindValue::Text(word.clone()));
    let statement = SqlFragment::new("SELECT word, COUNT(*) FROM words WHERE word IN ")
        .bind_list(words)
        .sql(" GROUP BY word");
    Statement::<(Text, BigInt)>::new(statement).load(tx)
}

/// Returns the first record with a word in a name, if any.
pub(super) fn first_record_with_word(tx: &mut Conn, word: &str) -> QueryResult<Vec<Id>> {
    let statement = SqlFragment::new("SELECT record_id FROM words WHERE word = ").bind_text(word);
    Statement::<UuidSql>::new(statement.sql(" ORDER BY rest, record_id LIMIT 1")).load(tx)
}

/// A name that completes the typed text.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Completion {
    /// Id of the record.
    pub(super) id: Id,
    /// Name of its kind.
    pub(super) kind: String,
    /// The word of the name at which the typed text matches.
    pub(super) word: String,
    /// The rest of the name after `word`.
    pub(super) rest: String,
    /// 1 if `word` is the first of the name, else 0.
    pub(super) starts_name: i64,
    /// Number of references to the record, at most [`MAX_REFERENCES`].
    pub(super) references: i64,
}

/// Returns names that contain these consecutive folded words, the last of which may be incomplete: at the
/// start of the name (`at_start`) or after it. At limit [`MAX_COMPLETIONS`], in alphabetical order.
pub(super) fn find_completions(
    tx: &mut Conn,
    folded: &str,
    kinds: &[Kind],
    at_start: bool,
) -> QueryResult<Vec<Completion>> {
    let mut inner = SqlFragment::new("SELECT w.* FROM words w WHERE ").append(prefix_condition(folded));
    inner = inner.sql(if at_start { " AND opens = 1" } else { " AND opens = 0" });
    if !kinds.is_empty() {
        let kinds = kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
        inner =
            inner.sql(" AND record_id IN (SELECT id FROM records WHERE kind IN ").bind_list(kinds).sql(")");
    }
    let statement = SqlFragment::new(
        "SELECT r.id, r.kind, w.word, w.rest, w.opens, (SELECT COUNT(*) FROM (SELECT 1 FROM refs x WHERE x.to_record = r.id LIMIT ",
    )
    .bind(BindValue::Int(MAX_REFERENCES))
    .sql(") c) FROM (")
    .append(inner)
    .sql(" ORDER BY word, rest, record_id LIMIT ")
    .bind(BindValue::Int(MAX_COMPLETIONS))
    .sql(") w JOIN records r ON r.id = w.record_id");
    Statement::<(UuidSql, Text, Text, Text, BigInt, BigInt)>::new(statement).load(tx)
}

/// A record of a page of hits: id, kind, name and content.
pub(super) struct HitRow {
    pub(super) id: Id,
    pub(super) kind: String,
    pub(super) name: Name,
    pub(super) stored: StoredRecord,
}

/// Returns the records with these ids, in no particular order.
pub(super) fn load_hit_rows(tx: &mut Conn, ids: &[Id]) -> TxResult<Vec<HitRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.iter().map(|id| BindValue::Id(*id));
    let statement =
        SqlFragment::new("SELECT id, kind, version, name, content FROM records WHERE id IN ").bind_list(ids);
    let rows: Vec<(Id, String, i64, String, String)> =
        Statement::<(UuidSql, Text, BigInt, Text, Text)>::new(statement).load(tx)?;
    let read = |(id, kind, version, name, content): (Id, String, i64, String, String)| {
        let stored = StoredRecord::read(StoredRowId { kind: &kind, id, version }, &content)?;
        let name = damage::parse_stored_name(&kind, id, &name)?;
        Ok(HitRow { id, kind, name, stored })
    };
    rows.into_iter().map(read).collect()
}
