//! Locks that end with the transaction: on PostgreSQL, where several write at once. On SQLite there is one writer.

use super::conn::Conn;
use super::sql::{BindValue, SqlFragment, Statement};
use super::types::{Id, UuidSql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

impl Conn {
    /// Locks a record's row so that no reference to it is written until the transaction ends: on PostgreSQL the check
    /// of the foreign key waits; on SQLite there is one writer anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lock_against_references(&mut self, id: Id) -> QueryResult<()> {
        if let Self::Postgres(_) = self {
            let row = SqlFragment::new("SELECT id FROM records WHERE id = ")
                .bind(BindValue::Id(id))
                .sql(" FOR UPDATE");
            let _: Id = Statement::<UuidSql>::new(row).get_result(self)?;
        }
        Ok(())
    }

    /// Locks a row until the transaction ends, so that nobody else writes it; others may still refer to it. On SQLite
    /// there is one writer anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lock_row(&mut self, table: &'static str, id: Id) -> QueryResult<()> {
        if let Self::Postgres(_) = self {
            let row = SqlFragment::new(format!("SELECT id FROM {table} WHERE id = ")).bind(BindValue::Id(id));
            Statement::<UuidSql>::new(row.sql(" FOR NO KEY UPDATE")).execute(self)?;
        }
        Ok(())
    }
}

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
