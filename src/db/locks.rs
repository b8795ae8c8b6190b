//! Locks that end with the transaction: on PostgreSQL, where several write at once. On SQLite there is one writer.

use super::connection::Conn;
use super::paging::Statement;
use super::sql::SqlFragment;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Whether others may write a row that this transaction has read and not locked: on SQLite there is one writer.
#[must_use]
pub fn has_concurrent_writers(tx: &Conn) -> bool {
    matches!(tx, Conn::Postgres(_))
}

/// Takes a lock of this name until the end of the transaction, as soon as nobody else over this database has it. On
/// SQLite there is one writer, so nobody has.
///
/// # Errors
/// When the database fails.
pub fn advisory_lock(tx: &mut Conn, name: &str) -> QueryResult<()> {
    if let Conn::Sqlite(_) = tx {
        return Ok(());
    }
    let lock =
        SqlFragment::new("SELECT pg_advisory_xact_lock(hashtextextended(").bind_text(name).sql(", 0))");
    Statement::<Bool>::new(lock).execute(tx).map(drop)
}

/// Takes a lock of this name until the end of the transaction, unless another process over this database has it. On
/// SQLite there is one writer, so nobody has.
///
/// # Errors
/// When the database fails.
pub fn try_advisory_lock(tx: &mut Conn, name: &str) -> QueryResult<bool> {
    if let Conn::Sqlite(_) = tx {
        return Ok(true);
    }
    let lock =
        SqlFragment::new("SELECT pg_try_advisory_xact_lock(hashtextextended(").bind_text(name).sql(", 0))");
    Statement::<Bool>::new(lock).get_result(tx)
}
