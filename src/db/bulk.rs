//! Work on all of a database at once: without the time-outs of a request, with every other writer kept out.

use super::conn::Conn;
use super::deferred;
use diesel::QueryResult;
use diesel::connection::SimpleConnection;

/// Lets this transaction take as long as it must; a request may not.
///
/// # Errors
/// When the database fails.
pub fn disable_statement_timeout(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        ),
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Lets this transaction wait for others until they end; a request waits for some seconds.
///
/// # Errors
/// When the database fails.
pub fn disable_lock_timeout(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute("SET LOCAL lock_timeout = 0"),
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Keeps others from writing these tables until the end of the transaction. On SQLite nobody else writes anyway.
///
/// # Errors
/// When the database fails, or another transaction does not end in time.
pub fn lock_tables(tx: &mut Conn, tables: &[&str]) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => {
            postgres.batch_execute(&format!("LOCK TABLE {} IN EXCLUSIVE MODE", tables.join(", ")))
        }
        Conn::Sqlite(_) => Ok(()),
    }
}

/// How many rows a statement had best insert. PostgreSQL answers each statement over its socket: some dozens. SQLite opens a
/// savepoint for a statement of several rows, whose release walks through all that the transaction has kept for its own
/// savepoint: one.
#[must_use]
pub fn rows_per_insert(tx: &Conn) -> usize {
    match tx {
        Conn::Sqlite(_) => 1,
        Conn::Postgres(_) => 50,
    }
}

/// Whether a statement may write in a part of it (`WITH … AS (UPDATE …)`).
#[must_use]
pub fn supports_writing_cte(tx: &Conn) -> bool {
    matches!(tx, Conn::Postgres(_))
}

/// Empties these tables, of which a later one may refer to an earlier one; what waits to be written goes too.
///
/// # Errors
/// When the database fails.
pub fn delete_all(tx: &mut Conn, tables: &[&str]) -> QueryResult<()> {
    deferred::roll_back_to(0);
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute(&format!("TRUNCATE {}", tables.join(", "))),
        Conn::Sqlite(sqlite) => {
            tables.iter().rev().try_for_each(|table| sqlite.batch_execute(&format!("DELETE FROM {table}")))
        }
    }
}
