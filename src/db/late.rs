//! What a transaction writes last: the rows by which lists and searches find a record, which no write reads.
//!
//! They wait in memory until the transaction ends. Then PostgreSQL takes all of them in one statement, or two, instead of
//! one for each table and record; and the full-text index of SQLite takes its rows in the order of their numbers and in one
//! go, many times faster than one by one between other statements.

use super::connection::Conn;
use super::paging::Statement;
use super::sql::{Bind, Clause};
use super::types::Id;
use diesel::QueryResult;
use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A table of such rows, the first column of which is `record_id`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The other columns, each with its type.
    pub columns: &'static [(&'static str, &'static str)],
}

/// What waits.
enum Waiting {
    /// The rows of a record of a table, instead of those that it `had`.
    Rows { table: &'static Table, record: Id, had: bool, rows: Vec<Vec<Bind>> },
    /// The folded names and texts of the record with this number; none where it is to be found no more.
    Texts { number: i64, texts: Option<(String, String)> },
}

thread_local! {
    /// What waits for the end of this thread's transaction.
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
}

/// Gives a record these rows of a table, each without its `record_id`, instead of those that it `had`.
pub fn replace(table: &'static Table, record: Id, had: bool, rows: Vec<Vec<Bind>>) {
    WAITING.with_borrow_mut(|waiting| waiting.push(Waiting::Rows { table, record, had, rows }));
}

/// Makes a record findable by its folded names and texts, instead of those it had.
pub fn find_by(number: i64, names: String, texts: String) {
    WAITING.with_borrow_mut(|waiting| waiting.push(Waiting::Texts { number, texts: Some((names, texts)) }));
}

/// Makes a record findable no more.
pub fn hide(number: i64) {
    WAITING.with_borrow_mut(|waiting| waiting.push(Waiting::Texts { number, texts: None }));
}

/// How much waits.
pub(super) fn so_far() -> usize {
    WAITING.with_borrow(Vec::len)
}

/// Forgets all but so much of what waits: the rest was undone.
pub(super) fn undone(before: usize) {
    WAITING.with_borrow_mut(|waiting| waiting.truncate(before));
}

/// Writes what waits. This is done at the end of every transaction; a long one may do so in between, so that little waits
/// in memory.
///
/// # Errors
/// When the database fails.
pub fn write(tx: &mut Conn) -> QueryResult<()> {
    let waiting = WAITING.take();
    if waiting.is_empty() {
        return Ok(());
    }
    let last = Last::of(waiting);
    match tx {
        Conn::Sqlite(_) => last.in_turn().into_iter().try_for_each(|one| execute(tx, one)),
        Conn::Postgres(_) => last.at_once().into_iter().try_for_each(|one| execute(tx, one)),
    }
}

/// Writes what waits where others wait for what the transaction does next: on PostgreSQL, the number of a change.
///
/// # Errors
/// When the database fails.
pub fn write_before_numbering(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(_) => write(tx),
    }
}

fn execute(tx: &mut Conn, statement: Clause) -> QueryResult<()> {
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// What is to be there in the end.
#[derive(Default)]
struct Last {
    /// The records whose rows go.
    without: BTreeMap<&'static Table, BTreeSet<Id>>,
    /// The rows that come.
    with: BTreeMap<&'static Table, Vec<Vec<Bind>>>,
    texts: BTreeMap<i64, (String, String)>,
    hidden: BTreeSet<i64>,
}

impl Last {
    /// Of what came later, where there is more of the same.
    fn of(waiting: Vec<Waiting>) -> Self {
        let (mut last, mut seen) = (Self::default(), BTreeSet::new());
        for one in waiting.into_iter().rev() {
            match one {
                Waiting::Rows { table, record, had, rows } => {
                    if had {
                        last.without.entry(table).or_default().insert(record);
                    }
                    if seen.insert((table, record)) && !rows.is_empty() {
                        let own = |row: Vec<Bind>| [vec![record.into()], row].concat();
                        last.with.entry(table).or_default().extend(rows.into_iter().map(own));
                    }
                }
                Waiting::Texts { number, texts } => {
                    let is_known = last.texts.contains_key(&number) || last.hidden.contains(&number);
                    match texts {
                        _ if is_known => {}
                        Some(texts) => drop(last.texts.insert(number, texts)),
                        None => drop(last.hidden.insert(number)),
                    }
                }
            }
        }
        last
    }

    /// A statement for each record that goes and each row that comes: SQLite opens a savepoint for those of several.
    fn in_turn(self) -> Vec<Clause> {
        let mut statements = Vec::new();
        for (table, records) in self.without {
            let gone =
                |id| Clause::new(["DELETE FROM ", table.name, " WHERE record_id = "].concat()).bind(id);
            statements.extend(records.into_iter().map(|record| gone(record.into())));
        }
        for (table, rows) in self.with {
            let into = ["INSERT INTO ", table.name, " (", &table.names(), ") VALUES "].concat();
            statements.extend(rows.into_iter().map(|row| Clause::new(into.as_str()).list(row)));
        }
        if !self.texts.is_empty() {
            let rows = Clause::new(
                "REPLACE INTO search (rowid, name, text) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(",
            );
            statements.push(rows.text(texts(self.texts)).sql(")"));
        }
        if !self.hidden.is_empty() {
            let gone = Clause::new("DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(");
            statements.push(gone.text(json(self.hidden)).sql("))"));
        }
        statements
    }

    /// A statement for all that goes, and another for all that comes.
    fn at_once(self) -> Vec<Clause> {
        let from = |rows: String| {
            Clause::new(" FROM json_array_elements(CAST(").text(rows).sql(" AS json)) AS all_of (r)")
        };
        let (mut go, mut come) = (Vec::new(), Vec::new());
        for (table, records) in self.without {
            let records = json(records.into_iter().map(|id| id.to_string()));
            let gone = ["DELETE FROM ", table.name, " WHERE record_id IN (SELECT CAST(r #>> '{}' AS uuid)"];
            go.push(Clause::new(gone.concat()).then(from(records)).sql(")"));
        }
        if !self.hidden.is_empty() {
            let gone = Clause::new("DELETE FROM search WHERE rowid IN (SELECT CAST(r #>> '{}' AS bigint)");
            go.push(gone.then(from(json(self.hidden))).sql(")"));
        }
        for (table, rows) in self.with {
            let columns = [("record_id", "uuid")].iter().chain(table.columns).enumerate();
            let values: Vec<String> =
                columns.map(|(index, (_, holds))| format!("CAST(r ->> {index} AS {holds})")).collect();
            let insert =
                format!("INSERT INTO {} ({}) SELECT {}", table.name, table.names(), values.join(", "));
            let rows = json(rows.iter().map(|row| row.iter().map(Bind::json).collect::<Value>()));
            come.push(Clause::new(insert).then(from(rows)));
        }
        if !self.texts.is_empty() {
            let rows =
                "INSERT INTO search (rowid, name, text) SELECT CAST(r ->> 0 AS bigint), r ->> 1, r ->> 2";
            let rows = Clause::new(rows).then(from(texts(self.texts)));
            let instead = " ON CONFLICT (rowid) DO UPDATE SET name = excluded.name, text = excluded.text";
            come.push(rows.sql(instead));
        }
        [go, come].into_iter().filter_map(together).collect()
    }
}

impl Table {
    /// The names of its columns.
    fn names(&self) -> String {
        let names = [("record_id", "")].iter().chain(self.columns).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Statements that write, as one.
fn together(mut statements: Vec<Clause>) -> Option<Clause> {
    let last = statements.pop()?;
    let mut start = Clause::default();
    for (index, statement) in statements.into_iter().enumerate() {
        let name = format!("{} s{index} AS (", if index == 0 { "WITH" } else { "," });
        start = start.sql(name).then(statement).sql(")");
    }
    Some(start.sql(" ").then(last))
}

fn texts(texts: BTreeMap<i64, (String, String)>) -> String {
    json(texts.into_iter().map(|(number, (name, text))| serde_json::json!([number, name, text])))
}

/// An array in JSON.
fn json<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(Into::into).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Create;
    use super::super::connection::Manager;
    use super::super::migrations;
    use super::super::types::Guid;
    use super::*;
    use diesel::connection::SimpleConnection as _;
    use diesel::sql_types::Text;

    const TAGS: Table = Table { name: "tags", columns: &[("pointer", "text"), ("code", "text")] };

    fn tag(record: Id, had: bool, codes: &[&str]) {
        let row = |code: &&str| vec!["/themes".into(), (*code).into()];
        replace(&TAGS, record, had, codes.iter().map(row).collect());
    }

    fn tags(tx: &mut Conn) -> Vec<(Id, String)> {
        let all = Clause::new("SELECT record_id, code FROM tags ORDER BY record_id, code");
        Statement::<(Guid, Text)>::new(all).load(tx).unwrap()
    }

    fn found(tx: &mut Conn) -> Vec<(i64, String)> {
        let all = Clause::new("SELECT rowid, text FROM search ORDER BY rowid");
        Statement::<(BigInt, Text)>::new(all).load(tx).unwrap()
    }

    fn owned(rows: &[(Id, &str)]) -> Vec<(Id, String)> {
        rows.iter().map(|(id, code)| (*id, (*code).to_owned())).collect()
    }

    #[test]
    fn of_what_waits_the_last_is_written_and_what_was_undone_is_not() {
        let mut tx = Manager::new("sqlite://:memory:", Create::IfMissing, crate::db::STATEMENT_TIMEOUT)
            .unwrap()
            .open()
            .unwrap();
        migrations::run(&mut tx).unwrap();
        tx.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
        let [a, b] = [1, 2].map(|number| Id(uuid::Uuid::from_u128(number)));
        tag(a, false, &["sport", "culture"]);
        find_by(1, "a".into(), "first".into());
        let before = so_far();
        tag(b, false, &["water"]);
        hide(1);
        undone(before);
        write(&mut tx).unwrap();
        assert_eq!(tags(&mut tx), owned(&[(a, "culture"), (a, "sport")]));
        assert_eq!(found(&mut tx), [(1, "first".to_owned())]);

        tag(a, true, &[]);
        tag(a, false, &["health"]);
        tag(b, false, &["water"]);
        tag(b, true, &["sport"]);
        find_by(2, "b".into(), "gone".into());
        hide(2);
        hide(1);
        find_by(1, "a".into(), "second".into());
        write(&mut tx).unwrap();
        assert_eq!(tags(&mut tx), owned(&[(a, "health"), (b, "sport")]));
        assert_eq!(found(&mut tx), [(1, "second".to_owned())]);
        assert_eq!(so_far(), 0);
    }
}
