//! What a transaction writes last: the full-text index of SQLite, which takes rows in the order of their numbers and in
//! one go many times faster than one by one between other statements. Until then the rows wait in a temporary table,
//! which savepoints undo like any other.

use super::connection::Conn;
use super::paging::Statement;
use super::sql::{Bind, Clause};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Makes the table where rows wait, on a connection that writes, and room for the pages that are written.
pub(super) fn prepare(connection: &mut Conn) -> QueryResult<()> {
    match connection {
        Conn::Sqlite(sqlite) => sqlite.batch_execute(
            "PRAGMA cache_size = -32000;
             CREATE TEMP TABLE late_search (number INTEGER PRIMARY KEY, name TEXT, text TEXT) STRICT",
        ),
        Conn::Postgres(_) => Ok(()),
    }
}

/// Makes a record findable by its folded names and texts, instead of those it had.
///
/// # Errors
/// When the database fails.
pub fn find_by(tx: &mut Conn, number: i64, name: String, text: String) -> QueryResult<()> {
    let (into, instead) = match tx {
        Conn::Sqlite(_) => ("INSERT OR REPLACE INTO late_search (number, name, text) VALUES ", ""),
        Conn::Postgres(_) => (
            "INSERT INTO search (rowid, name, text) VALUES ",
            " ON CONFLICT (rowid) DO UPDATE SET name = excluded.name, text = excluded.text",
        ),
    };
    let row = Clause::new(into).list([Bind::Int(number), Bind::Text(name), Bind::Text(text)]).sql(instead);
    Statement::<BigInt>::new(row).execute(tx).map(drop)
}

/// Makes a record findable no more.
///
/// # Errors
/// When the database fails.
pub fn hide(tx: &mut Conn, number: i64) -> QueryResult<()> {
    let statement = match tx {
        Conn::Sqlite(_) => "INSERT OR REPLACE INTO late_search (number) VALUES (",
        Conn::Postgres(_) => "DELETE FROM search WHERE rowid = (",
    };
    let statement = Clause::new(statement).bind(Bind::Int(number)).sql(")");
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// Writes what waits. The writer does so at the end of a transaction; a long one may do so in between, so that little
/// waits in memory.
///
/// # Errors
/// When the database fails.
pub fn write(tx: &mut Conn) -> QueryResult<()> {
    const WAITING: &str = "SELECT number FROM late_search LIMIT 1";
    let Conn::Sqlite(_) = tx else { return Ok(()) };
    let waits: Option<i64> = Statement::<BigInt>::new(Clause::new(WAITING)).get_result(tx).optional()?;
    if waits.is_none() {
        return Ok(());
    }
    for statement in [
        "REPLACE INTO search (rowid, name, text)
            SELECT number, name, text FROM late_search WHERE text IS NOT NULL ORDER BY number",
        "DELETE FROM search WHERE rowid IN (SELECT number FROM late_search WHERE text IS NULL)",
        "DELETE FROM late_search",
    ] {
        Statement::<BigInt>::new(Clause::new(statement)).execute(tx)?;
    }
    Ok(())
}
