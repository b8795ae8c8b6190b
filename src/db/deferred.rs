//! Index rows (search, tags, dates, citations) buffered in the transaction and written just before commit.
//!
//! No write reads these rows, so they can wait in memory. PostgreSQL then takes all of them in one or two
//! statements instead of one for each table and record; SQLite's full-text index takes its rows in one
//! statement and in the order of their numbers, which is many times faster than one by one.

use super::conn::Conn;
use super::sql::{BindValue, SqlFragment, Statement};
use super::types::Id;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, RunQueryDsl as _};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A table of index rows, whose first column is `record_id`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeferredTable {
    /// The table's name.
    pub name: &'static str,
    /// The other columns, each with its SQL type.
    pub columns: &'static [(&'static str, &'static str)],
}

/// A buffered write.
enum DeferredWrite {
    /// Replaces the rows of a record in a table; `had_rows` if there may be any.
    Rows { table: &'static DeferredTable, record: Id, had_rows: bool, rows: Vec<Vec<BindValue>> },
    /// Replaces the folded names and texts of the record with this number, or removes it from the full-text
    /// index.
    Texts { number: i64, texts: Option<(String, String)> },
}

thread_local! {
    /// The writes buffered for this thread's transaction.
    static DEFERRED: RefCell<Vec<DeferredWrite>> = const { RefCell::new(Vec::new()) };
}

/// Replaces the rows of a record in a table at the end of the transaction. Rows are given without
/// `record_id`; `had_rows` says whether there are any to delete.
pub fn defer_rows(table: &'static DeferredTable, record: Id, had_rows: bool, rows: Vec<Vec<BindValue>>) {
    DEFERRED.with_borrow_mut(|waiting| waiting.push(DeferredWrite::Rows { table, record, had_rows, rows }));
}

/// Replaces the folded names and texts by which a record is found, at the end of the transaction.
pub fn defer_texts(number: i64, names: String, texts: String) {
    DEFERRED.with_borrow_mut(|waiting| {
        waiting.push(DeferredWrite::Texts { number, texts: Some((names, texts)) });
    });
}

/// Removes a record from the full-text index at the end of the transaction.
pub fn defer_text_removal(number: i64) {
    DEFERRED.with_borrow_mut(|waiting| waiting.push(DeferredWrite::Texts { number, texts: None }));
}

/// Returns how many writes are buffered, for [`roll_back_to`].
pub(super) fn mark() -> usize {
    DEFERRED.with_borrow(Vec::len)
}

/// Drops the writes buffered since [`mark`], after a rollback to a savepoint.
pub(super) fn roll_back_to(before: usize) {
    DEFERRED.with_borrow_mut(|waiting| waiting.truncate(before));
}

/// Writes what is buffered. Every transaction does so at its end; a long one may do so in between, to save
/// memory.
pub fn flush(tx: &mut Conn) -> QueryResult<()> {
    let writes = DEFERRED.take();
    if writes.is_empty() {
        return Ok(());
    }
    let pending = PendingRows::from_writes(writes);
    match tx {
        Conn::Sqlite(_) => {
            pending.into_statements().into_iter().try_for_each(|statement| execute(tx, statement))
        }
        Conn::Postgres(_) => {
            pending.into_combined_statements().into_iter().try_for_each(|statement| execute(tx, statement))
        }
    }
}

/// Writes what is buffered on PostgreSQL only, where other transactions wait for the numbering of changes
/// that follows.
pub fn flush_before_numbering(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(_) => flush(tx),
    }
}

fn execute(tx: &mut Conn, statement: SqlFragment) -> QueryResult<()> {
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// The buffered writes, reduced to the last one for each record.
#[derive(Default)]
struct PendingRows {
    /// The records whose rows are deleted.
    deleted: BTreeMap<&'static DeferredTable, BTreeSet<Id>>,
    /// The rows that are inserted.
    inserted: BTreeMap<&'static DeferredTable, Vec<Vec<BindValue>>>,
    texts: BTreeMap<i64, (String, String)>,
    removed_texts: BTreeSet<i64>,
}

impl PendingRows {
    /// Reduces buffered writes, the last of which wins.
    fn from_writes(writes: Vec<DeferredWrite>) -> Self {
        let (mut pending, mut seen) = (Self::default(), BTreeSet::new());
        for write in writes.into_iter().rev() {
            match write {
                DeferredWrite::Rows { table, record, had_rows, rows } => {
                    if had_rows {
                        pending.deleted.entry(table).or_default().insert(record);
                    }
                    if seen.insert((table, record)) && !rows.is_empty() {
                        let with_id = |row: Vec<BindValue>| [vec![record.into()], row].concat();
                        pending.inserted.entry(table).or_default().extend(rows.into_iter().map(with_id));
                    }
                }
                DeferredWrite::Texts { number, texts } => {
                    let is_known =
                        pending.texts.contains_key(&number) || pending.removed_texts.contains(&number);
                    match texts {
                        _ if is_known => {}
                        Some(texts) => drop(pending.texts.insert(number, texts)),
                        None => drop(pending.removed_texts.insert(number)),
                    }
                }
            }
        }
        pending
    }

    /// Returns one statement per deleted record and per inserted row: SQLite opens a savepoint for a
    /// statement of several rows.
    fn into_statements(self) -> Vec<SqlFragment> {
        let mut statements = Vec::new();
        for (table, records) in self.deleted {
            let delete =
                |id| SqlFragment::new(["DELETE FROM ", table.name, " WHERE record_id = "].concat()).bind(id);
            statements.extend(records.into_iter().map(|record| delete(record.into())));
        }
        for (table, rows) in self.inserted {
            let insert = ["INSERT INTO ", table.name, " (", &table.column_names(), ") VALUES "].concat();
            statements.extend(rows.into_iter().map(|row| SqlFragment::new(insert.as_str()).bind_list(row)));
        }
        if !self.texts.is_empty() {
            let rows = SqlFragment::new(
                "REPLACE INTO search (rowid, name, text) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(",
            );
            statements.push(rows.bind_text(texts_json(self.texts)).sql(")"));
        }
        if !self.removed_texts.is_empty() {
            let delete = SqlFragment::new("DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(");
            statements.push(delete.bind_text(json_array(self.removed_texts)).sql("))"));
        }
        statements
    }

    /// Returns at most two statements: one with all deletions, one with all insertions.
    fn into_combined_statements(self) -> Vec<SqlFragment> {
        let from = |rows: String| {
            SqlFragment::new(" FROM json_array_elements(CAST(")
                .bind_text(rows)
                .sql(" AS json)) AS all_of (r)")
        };
        let (mut deletions, mut insertions) = (Vec::new(), Vec::new());
        for (table, records) in self.deleted {
            let records = json_array(records.into_iter().map(|id| id.to_string()));
            let delete = ["DELETE FROM ", table.name, " WHERE record_id IN (SELECT CAST(r #>> '{}' AS uuid)"];
            deletions.push(SqlFragment::new(delete.concat()).append(from(records)).sql(")"));
        }
        if !self.removed_texts.is_empty() {
            let delete =
                SqlFragment::new("DELETE FROM search WHERE rowid IN (SELECT CAST(r #>> '{}' AS bigint)");
            deletions.push(delete.append(from(json_array(self.removed_texts))).sql(")"));
        }
        for (table, rows) in self.inserted {
            let columns = [("record_id", "uuid")].iter().chain(table.columns).enumerate();
            let values: Vec<String> =
                columns.map(|(index, (_, holds))| format!("CAST(r ->> {index} AS {holds})")).collect();
            let insert =
                format!("INSERT INTO {} ({}) SELECT {}", table.name, table.column_names(), values.join(", "));
            let rows =
                json_array(rows.iter().map(|row| row.iter().map(BindValue::to_json).collect::<Value>()));
            insertions.push(SqlFragment::new(insert).append(from(rows)));
        }
        if !self.texts.is_empty() {
            let rows =
                "INSERT INTO search (rowid, name, text) SELECT CAST(r ->> 0 AS bigint), r ->> 1, r ->> 2";
            let rows = SqlFragment::new(rows).append(from(texts_json(self.texts)));
            let instead = " ON CONFLICT (rowid) DO UPDATE SET name = excluded.name, text = excluded.text";
            insertions.push(rows.sql(instead));
        }
        [deletions, insertions].into_iter().filter_map(combine_with_cte).collect()
    }
}

impl DeferredTable {
    /// Returns the names of all columns, separated by commas.
    fn column_names(&self) -> String {
        let names = [("record_id", "")].iter().chain(self.columns).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    }
}

/// Combines writing statements into one, by `WITH`.
fn combine_with_cte(mut statements: Vec<SqlFragment>) -> Option<SqlFragment> {
    let last = statements.pop()?;
    let mut start = SqlFragment::default();
    for (index, statement) in statements.into_iter().enumerate() {
        let name = format!("{} s{index} AS (", if index == 0 { "WITH" } else { "," });
        start = start.sql(name).append(statement).sql(")");
    }
    Some(start.sql(" ").append(last))
}

fn texts_json(texts: BTreeMap<i64, (String, String)>) -> String {
    json_array(texts.into_iter().map(|(number, (name, text))| serde_json::json!([number, name, text])))
}

/// Returns a JSON array.
fn json_array<T: Into<Value>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(Into::into).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::migrations;
    use crate::db::pool::{ConnectionManager, CreateMode};
    use crate::db::types::UuidSql;
    use diesel::connection::SimpleConnection as _;
    use diesel::sql_types::Text;

    const TAGS: DeferredTable =
        DeferredTable { name: "tags", columns: &[("pointer", "text"), ("code", "text")] };

    fn tag(record: Id, had: bool, codes: &[&str]) {
        let row = |code: &&str| vec!["/themes".into(), (*code).into()];
        defer_rows(&TAGS, record, had, codes.iter().map(row).collect());
    }

    fn tags(tx: &mut Conn) -> Vec<(Id, String)> {
        let all = SqlFragment::new("SELECT record_id, code FROM tags ORDER BY record_id, code");
        Statement::<(UuidSql, Text)>::new(all).load(tx).unwrap()
    }

    fn found(tx: &mut Conn) -> Vec<(i64, String)> {
        let all = SqlFragment::new("SELECT rowid, text FROM search ORDER BY rowid");
        Statement::<(BigInt, Text)>::new(all).load(tx).unwrap()
    }

    fn owned(rows: &[(Id, &str)]) -> Vec<(Id, String)> {
        rows.iter().map(|(id, code)| (*id, (*code).to_owned())).collect()
    }

    #[test]
    fn of_what_waits_the_last_is_written_and_what_was_undone_is_not() {
        let mut tx = ConnectionManager::new(
            "sqlite://:memory:",
            CreateMode::IfMissing,
            crate::db::database::STATEMENT_TIMEOUT,
        )
        .unwrap()
        .open()
        .unwrap();
        migrations::run(&mut tx).unwrap();
        tx.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
        let [a, b] = [1, 2].map(|number| Id(uuid::Uuid::from_u128(number)));
        tag(a, false, &["sport", "culture"]);
        defer_texts(1, "a".into(), "first".into());
        let before = mark();
        tag(b, false, &["water"]);
        defer_text_removal(1);
        roll_back_to(before);
        flush(&mut tx).unwrap();
        assert_eq!(tags(&mut tx), owned(&[(a, "culture"), (a, "sport")]));
        assert_eq!(found(&mut tx), [(1, "first".to_owned())]);

        tag(a, true, &[]);
        tag(a, false, &["health"]);
        tag(b, false, &["water"]);
        tag(b, true, &["sport"]);
        defer_texts(2, "b".into(), "gone".into());
        defer_text_removal(2);
        defer_text_removal(1);
        defer_texts(1, "a".into(), "second".into());
        flush(&mut tx).unwrap();
        assert_eq!(tags(&mut tx), owned(&[(a, "health"), (b, "sport")]));
        assert_eq!(found(&mut tx), [(1, "second".to_owned())]);
        assert_eq!(mark(), 0);
    }
}
