//! Full-text conditions by trigram index: FTS5 on SQLite, `pg_trgm` on PostgreSQL.
//!
//! Texts and words are folded ([`crate::domain::folding`]): lower-case letters, digits and spaces, with a
//! space at both ends of each text. A word matches anywhere, also inside a longer one. Both indexes hold
//! trigrams. On SQLite, `MATCH` with a phrase of trigrams answers from the index alone, where `LIKE` would
//! read each text that it finds. Words shorter than a trigram are looked for in the texts that the longer
//! words find. If all are short, SQLite looks up the trigrams that begin with one of them (table `grams`);
//! there always is one, since every text is followed by at least a line end.

use super::conn::Conn;
use super::sql::{BindValue, SqlFragment, Statement};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Length of the indexed pieces, in characters.
const TRIGRAM_LENGTH: usize = 3;

/// How many of the newest records are sampled to see whether words are common.
const SAMPLE_SIZE: i64 = 100;

/// How many records of the sample must match for words to be common.
const MIN_COMMON_MATCHES: i64 = 10;

/// The highest character: upper bound of a range of texts with a common beginning.
const MAX_CHAR: char = '\u{10FFFF}';

/// A full-text query: the text must contain one word of each group. Words are folded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextQuery(Vec<Vec<String>>);

/// How matching records are found for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextPlan {
    /// Few records match: these are their numbers.
    ByNumbers(Vec<i64>),
    /// Many match: records are read in the order of the page, and the text of each is tested.
    ScanInOrder,
}

impl TextQuery {
    /// Makes a query of groups of alternative words.
    pub fn new(groups: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self(groups.into_iter().collect())
    }

    /// Whether the query has no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every group has a word too short for the index.
    #[must_use]
    pub fn is_unindexed(&self) -> bool {
        !self.0.iter().any(|group| is_indexed(group))
    }

    /// Returns the condition that the row `s` of table `search` matches, without using the index on SQLite.
    #[must_use]
    pub fn matches(&self) -> SqlFragment {
        let sqlite = SqlFragment::all(self.0.iter().map(|group| contains_any(group)));
        SqlFragment::per_database(sqlite, self.match_by_like())
    }

    /// Returns the condition that the row `s` of table `search` matches, using the index where possible.
    #[must_use]
    pub fn matches_by_index(&self) -> SqlFragment {
        SqlFragment::per_database(self.match_by_fts5(), self.match_by_like())
    }

    fn match_by_like(&self) -> SqlFragment {
        let word = |word: &String| SqlFragment::new("s.text LIKE ").bind_text(format!("%{word}%"));
        SqlFragment::all(self.0.iter().map(|group| SqlFragment::any(group.iter().map(word))))
    }

    fn match_by_fts5(&self) -> SqlFragment {
        let (long, mut short): (Vec<_>, Vec<_>) = self.0.iter().partition(|group| is_indexed(group));
        let by_index = if long.is_empty() {
            // The longest of the short words is in the fewest texts.
            short.sort_by_key(|group| group.iter().map(|word| word.chars().count()).min());
            short.pop().map(|group| fts5_prefix_query(group))
        } else {
            let any = |group: &Vec<String>| {
                let phrases: Vec<String> = group.iter().map(|word| fts5_phrase(word)).collect();
                format!("({})", phrases.join(" OR "))
            };
            Some(
                SqlFragment::default().bind_text(long.into_iter().map(any).collect::<Vec<_>>().join(" AND ")),
            )
        };
        let by_index = by_index.map(|query| SqlFragment::new("s.search MATCH ").append(query));
        SqlFragment::all(by_index.into_iter().chain(short.into_iter().map(|group| contains_any(group))))
    }

    /// Returns the numbers of at most `most` matching records of a kind, in no order.
    fn load_numbers(&self, tx: &mut Conn, kind: &str, most: i64) -> QueryResult<Vec<i64>> {
        let statement = SqlFragment::new("SELECT s.rowid FROM search s CROSS JOIN ")
            .append(records_table(true))
            .sql(" WHERE ")
            .append(SqlFragment::time_limit())
            .sql(" AND ")
            .append(self.matches_by_index())
            .sql(" AND r.number = s.rowid AND r.kind = ")
            .bind_text(kind);
        Statement::<BigInt>::new(statement.sql(" LIMIT ").bind(BindValue::Int(most))).load(tx)
    }

    /// Plans how to find the matching records of a kind for a page of `limit` records. Sorting all matches
    /// costs as much as scanning the order for `limit` of them if the number of matches is √(`limit` × all
    /// records).
    pub(super) fn plan(&self, tx: &mut Conn, kind: &str, limit: i64) -> QueryResult<TextPlan> {
        const FEW: i64 = 100;
        if self.is_unindexed() && self.is_common(tx, Some(kind))? {
            return Ok(TextPlan::ScanInOrder);
        }
        let is_few = |numbers: &Vec<i64>, most: i64| i64::try_from(numbers.len()).is_ok_and(|len| len < most);
        let numbers = self.load_numbers(tx, kind, FEW)?;
        if is_few(&numbers, FEW) {
            return Ok(TextPlan::ByNumbers(numbers));
        }
        let all = SqlFragment::new("SELECT COALESCE(MAX(number), 0) FROM records");
        let all: i64 = Statement::<BigInt>::new(all).get_result(tx)?;
        let most = limit.saturating_mul(all).isqrt();
        let numbers = if most > FEW { self.load_numbers(tx, kind, most)? } else { numbers };
        Ok(if is_few(&numbers, most) { TextPlan::ByNumbers(numbers) } else { TextPlan::ScanInOrder })
    }

    /// Returns the cheaper condition that the row `s` of table `search` matches, when the first few matches
    /// are enough.
    pub fn choose_match(&self, tx: &mut Conn) -> QueryResult<SqlFragment> {
        Ok(if self.is_unindexed() && self.is_common(tx, None)? {
            self.matches()
        } else {
            self.matches_by_index()
        })
    }

    /// Whether many of the newest records (of a kind) match.
    fn is_common(&self, tx: &mut Conn, kind: Option<&str>) -> QueryResult<bool> {
        let newest = match kind {
            Some(kind) => SqlFragment::new("kind = ").bind_text(kind).sql(" ORDER BY updated_at DESC"),
            None => SqlFragment::new("1 = 1 ORDER BY number DESC"),
        };
        let statement = SqlFragment::new("SELECT COUNT(*) FROM (SELECT number FROM records WHERE ")
            .append(newest)
            .sql(" LIMIT ")
            .bind(BindValue::Int(SAMPLE_SIZE))
            .sql(") r CROSS JOIN search s WHERE s.rowid = r.number AND ")
            .append(self.matches());
        let count: i64 = Statement::<BigInt>::new(statement).get_result(tx)?;
        Ok(count >= MIN_COMMON_MATCHES)
    }
}

/// Returns table `records` as `r`, to be joined by number. If `lean`, only kinds and ids are read, for which
/// SQLite must be told to use a covering index.
pub(super) fn records_table(lean: bool) -> SqlFragment {
    let records = SqlFragment::new("records r");
    if lean {
        SqlFragment::per_database(records.clone().sql(" INDEXED BY records_by_number"), records)
    } else {
        records
    }
}

/// Returns the records with these numbers, as `r`: the tables, and the condition that joins them; `lean` as
/// for [`records_table`].
pub(super) fn records_by_numbers(numbers: &[i64], lean: bool) -> (SqlFragment, &'static str) {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let list = format!("[{}]", numbers.join(","));
    let from = SqlFragment::per_database(
        SqlFragment::new("json_each(").bind_text(list.clone()).sql(") n"),
        SqlFragment::new("json_array_elements_text(CAST(").bind_text(list).sql(" AS json)) AS n (value)"),
    );
    (from.sql(" CROSS JOIN ").append(records_table(lean)), "r.number = CAST(n.value AS BIGINT)")
}

/// Whether every word of a group is long enough for the index.
fn is_indexed(group: &[String]) -> bool {
    group.iter().all(|word| word.chars().count() >= TRIGRAM_LENGTH)
}

/// Returns the condition that the text itself contains a word of a group.
fn contains_any(group: &[String]) -> SqlFragment {
    SqlFragment::any(
        group.iter().map(|word| SqlFragment::new("instr(s.text, ").bind_text(word.as_str()).sql(") > 0")),
    )
}

/// Quotes a word as an FTS5 phrase.
fn fts5_phrase(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// Returns SQL that yields the FTS5 query for a group with short words: an alternative of the trigrams that
/// begin with them.
fn fts5_prefix_query(group: &[String]) -> SqlFragment {
    let one = |word: &String| {
        if word.chars().count() >= TRIGRAM_LENGTH {
            return SqlFragment::new("SELECT ").bind_text(word.as_str()).sql(" AS term");
        }
        SqlFragment::new("SELECT term FROM grams WHERE term >= ")
            .bind_text(word.as_str())
            .sql(" AND term < ")
            .bind_text(format!("{word}{MAX_CHAR}"))
    };
    SqlFragment::new(
        "(SELECT COALESCE(group_concat('\"' || replace(term, '\"', '\"\"') || '\"', ' OR '), '\"\"') FROM ",
    )
    .append(SqlFragment::join(group.iter().map(one), " UNION ALL ", "(SELECT '' AS term)"))
    .sql(")")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::migrations;
    use crate::db::pool::{ConnectionManager, CreateMode};
    use crate::domain::folding::{fold_for_search, fold_texts_for_search};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sqlite() -> Conn {
        let mut connection = ConnectionManager::new(
            "sqlite://:memory:",
            CreateMode::IfMissing,
            crate::db::database::STATEMENT_TIMEOUT,
        )
        .unwrap()
        .open()
        .unwrap();
        migrations::run(&mut connection).unwrap();
        connection
    }

    fn fill<'a>(tx: &mut Conn, texts: impl IntoIterator<Item = &'a str>) {
        Statement::<BigInt>::new(SqlFragment::new("DELETE FROM search")).execute(tx).unwrap();
        for (number, text) in (0..).zip(texts) {
            let row = SqlFragment::new("INSERT INTO search (rowid, name, text) VALUES (")
                .bind(BindValue::Int(number));
            Statement::<BigInt>::new(row.sql(", '', ").bind_text(text).sql(")")).execute(tx).unwrap();
        }
    }

    fn rows(tx: &mut Conn, condition: SqlFragment) -> Vec<i64> {
        let all = SqlFragment::new("SELECT s.rowid FROM search s WHERE ").append(condition);
        Statement::<BigInt>::new(all.sql(" ORDER BY s.rowid")).load(tx).unwrap()
    }

    #[test]
    fn the_index_keeps_apart_what_folding_keeps_apart() {
        let mut connection = sqlite();
        let folded: BTreeSet<char> = ('\0'..=char::MAX)
            .flat_map(|c| fold_for_search(&c.to_string()).chars().collect::<Vec<_>>())
            .collect();
        let texts: Vec<String> = folded.iter().map(|c| String::from_iter([c; 3])).collect();
        let known = connection
            .read_in_snapshot(|tx| {
                fill(tx, texts.iter().map(String::as_str));
                let alike = "SELECT COUNT(*) FROM grams WHERE doc = 1";
                Ok(Statement::<BigInt>::new(SqlFragment::new(alike)).get_result::<i64>(tx)?)
            })
            .unwrap();
        assert_eq!(usize::try_from(known).unwrap(), texts.len());
    }

    #[test]
    fn operators_are_letters_and_quotes_nothing() {
        let mut connection = sqlite();
        fill(&mut connection, [" and or \n", " near not \n", " say \"and\" \n"]);
        let mut find =
            |word: &str| rows(&mut connection, TextQuery::new([vec![word.to_owned()]]).matches_by_index());
        assert_eq!(find("and"), [0, 2]);
        assert_eq!(find("and or"), [0]);
        assert_eq!(find("near"), [1]);
        assert_eq!((find("\"and\""), find("\"")), (vec![2], vec![2]));
        for nothing in ["nea*", "and\" or \"near", "near(and)", "text:and", "-and", "^and", "*"] {
            assert!(find(nothing).is_empty(), "{nothing}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_index_finds_what_the_texts_hold(
            texts in prop::collection::vec(prop::collection::vec("[a-c1éœ東京か ]{0,9}", 1..4), 1..24),
            groups in prop::collection::vec(prop::collection::vec("( ?[a-c1東京か]{1,5}|[a-c東] [a-c京]{1,2})", 1..4), 1..4),
        ) {
            thread_local!(static OPEN: std::cell::RefCell<Conn> = sqlite().into());
            let texts: Vec<String> =
                texts.iter().map(|texts| fold_texts_for_search(texts.iter().map(String::as_str))).collect();
            let groups: Vec<Vec<String>> = groups
                .iter()
                .map(|group| group.iter().map(|word| if word.starts_with(' ') { format!(" {} ", fold_for_search(word)) } else { fold_for_search(word) }).collect())
                .collect();
            let holds = |text: &String| groups.iter().all(|group| group.iter().any(|word| text.contains(word)));
            let expected: Vec<i64> = (0..).zip(&texts).filter(|(_, text)| holds(text)).map(|(at, _)| at).collect();
            let wanted = TextQuery::new(groups.clone());
            let (found, held) = OPEN.with_borrow_mut(|connection| {
                fill(connection, texts.iter().map(String::as_str));
                (rows(connection, wanted.matches_by_index()), rows(connection, wanted.matches()))
            });
            prop_assert_eq!((&found, &held), (&expected, &expected), "{:?} {:?}", groups, texts);
        }
    }
}
