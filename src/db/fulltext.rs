//! The searchable texts, and which of them have some words: by the trigrams of SQLite's FTS5 and of PostgreSQL's `pg_trgm`.
//!
//! Texts and words are folded (`vocabulary::folding`): small letters, digits and spaces, every text between spaces. A
//! word counts wherever it stands, as a part of a longer one too. Both indexes know pieces of three characters. `LIKE`
//! makes FTS5 read each text that its index finds; `MATCH` with a phrase of trigrams finds the same texts by the index
//! alone. A word that is shorter is looked for in the texts that the longer ones find. Where all are short, SQLite asks
//! its index for all trigrams that begin with one (`grams`): what stands in a text is followed by something, at least by
//! the end of its line.

use super::conn::Conn;
use super::sql::{BindValue, SqlFragment, Statement};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// The characters that the indexes know together.
const TRIGRAM_LENGTH: usize = 3;

/// Of so many records the texts are looked at to see whether words are common, and so many of them must have them.
const SAMPLE_SIZE: i64 = 100;

/// See [`SAMPLE`].
const MIN_COMMON_MATCHES: i64 = 10;

/// Behind every text that begins with the text before it.
const MAX_CHAR: char = '\u{10FFFF}';

/// What a text must have: one word of each group. Words are folded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextQuery(Vec<Vec<String>>);

/// How the records are reached whose texts have what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextPlan {
    /// They are few: these are their numbers.
    ByNumbers(Vec<i64>),
    /// They are many: records are read in the order of the page, each with a look at its text.
    ScanInOrder,
}

impl TextQuery {
    /// One word of each of these groups.
    pub fn new(groups: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self(groups.into_iter().collect())
    }

    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every group has a word that the indexes do not know.
    #[must_use]
    pub fn is_unindexed(&self) -> bool {
        !self.0.iter().any(|group| is_indexed(group))
    }

    /// The text `s` has it, whatever way it was reached.
    #[must_use]
    pub fn matches(&self) -> SqlFragment {
        let sqlite = SqlFragment::all(self.0.iter().map(|group| contains_any(group)));
        SqlFragment::per_database(sqlite, self.match_by_like())
    }

    /// The text `s` has it, which the index tells where it can.
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

    /// The numbers of the records of a kind that have it, in no order; at most `most`.
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

    /// How the records of a kind that have it are best reached for a page of `limit` records. To sort all of them and to
    /// read the order until enough of them have passed cost the same where their number is the root of `limit` times
    /// that of all records.
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

    /// The text `s` has it, as is best asked where the first that have it are enough.
    ///
    /// # Errors
    /// When the database fails.
    pub fn choose_match(&self, tx: &mut Conn) -> QueryResult<SqlFragment> {
        Ok(if self.is_unindexed() && self.is_common(tx, None)? {
            self.matches()
        } else {
            self.matches_by_index()
        })
    }

    /// Whether, of the records (of a kind) that were written last, many have it.
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

/// The records, as `r`, to be found by their numbers; `lean` where no more is asked than their kinds and ids, which SQLite
/// must be told that an index holds.
pub(super) fn records_table(lean: bool) -> SqlFragment {
    let records = SqlFragment::new("records r");
    if lean {
        SqlFragment::per_database(records.clone().sql(" INDEXED BY records_by_number"), records)
    } else {
        records
    }
}

/// The records with these numbers, as `r`: tables, and the condition that joins them; `lean` as for [`records`].
pub(super) fn records_by_numbers(numbers: &[i64], lean: bool) -> (SqlFragment, &'static str) {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let list = format!("[{}]", numbers.join(","));
    let from = SqlFragment::per_database(
        SqlFragment::new("json_each(").bind_text(list.clone()).sql(") n"),
        SqlFragment::new("json_array_elements_text(CAST(").bind_text(list).sql(" AS json)) AS n (value)"),
    );
    (from.sql(" CROSS JOIN ").append(records_table(lean)), "r.number = CAST(n.value AS BIGINT)")
}

/// Whether the indexes know every word of a group.
fn is_indexed(group: &[String]) -> bool {
    group.iter().all(|word| word.chars().count() >= TRIGRAM_LENGTH)
}

/// The text `s` itself has a word of a group.
fn contains_any(group: &[String]) -> SqlFragment {
    SqlFragment::any(
        group.iter().map(|word| SqlFragment::new("instr(s.text, ").bind_text(word.as_str()).sql(") > 0")),
    )
}

/// A word as FTS5 looks for it: its trigrams, one behind the other.
fn fts5_phrase(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// The query of FTS5, as SQL, for the words of a group, of which some may be short: the trigrams that begin with those.
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
    use crate::db::pool::ConnectionManager;
    use crate::db::pool::CreateMode;
    use crate::domain::folding::fold_for_search;
    use crate::domain::folding::fold_texts_for_search;
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
