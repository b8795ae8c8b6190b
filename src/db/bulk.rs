//! Whole-table work: timeouts off, table locks, truncation, rows per INSERT.

use super::conn::Conn;
use super::deferred;
use diesel::QueryResult;
use diesel::connection::SimpleConnection;

/// Turns off the statement timeout for this transaction.
pub fn disable_statement_timeout(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        ),
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Turns off the lock timeout for this transaction (5 s otherwise).
pub fn disable_lock_timeout(tx: &mut Conn) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute("SET LOCAL lock_timeout = 0"),
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Locks these tables against other writers until the transaction ends. Does nothing on SQLite.
///
/// # Errors
/// When another transaction does not end in time.
pub fn lock_tables(tx: &mut Conn, tables: &[&str]) -> QueryResult<()> {
    match tx {
        Conn::Postgres(postgres) => {
            postgres.batch_execute(&format!("LOCK TABLE {} IN EXCLUSIVE MODE", tables.join(", ")))
        }
        Conn::Sqlite(_) => Ok(()),
    }
}

/// Returns how many rows one INSERT should have. On PostgreSQL each statement is a network round trip: 50.
/// SQLite opens a savepoint for a statement of several rows, whose release walks through everything that the
/// transaction has journalled: 1.
#[must_use]
pub fn rows_per_insert(tx: &Conn) -> usize {
    match tx {
        Conn::Sqlite(_) => 1,
        Conn::Postgres(_) => 50,
    }
}

/// Whether a statement may write in a common table expression (`WITH … AS (UPDATE …)`).
#[must_use]
pub fn supports_writing_cte(tx: &Conn) -> bool {
    matches!(tx, Conn::Postgres(_))
}

/// Deletes all rows of these tables, and the deferred index rows. A table may refer to tables that are listed
/// before it.
pub fn delete_all(tx: &mut Conn, tables: &[&str]) -> QueryResult<()> {
    deferred::roll_back_to(0);
    match tx {
        Conn::Postgres(postgres) => postgres.batch_execute(&format!("TRUNCATE {}", tables.join(", "))),
        Conn::Sqlite(sqlite) => {
            tables.iter().rev().try_for_each(|table| sqlite.batch_execute(&format!("DELETE FROM {table}")))
        }
    }
}
