//! Row locks and advisory locks that end with the transaction. On SQLite they do nothing, since there is one
//! writer.

use super::conn::Conn;
use super::sql::{BindValue, SqlFragment, Statement};
use super::types::{Id, UuidSql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

impl Conn {
    /// Locks a record's row so that no reference to it can be written until the transaction ends:
    /// PostgreSQL's foreign key check waits for the lock.
    pub fn lock_against_references(&mut self, id: Id) -> QueryResult<()> {
        if let Self::Postgres(_) = self {
            let row = SqlFragment::new("SELECT id FROM records WHERE id = ")
                .bind(BindValue::Id(id))
                .sql(" FOR UPDATE");
            let _: Id = Statement::<UuidSql>::new(row).get_result(self)?;
        }
        Ok(())
    }

    /// Locks a row against other writers until the transaction ends; references to it can still be written.
    pub fn lock_row(&mut self, table: &'static str, id: Id) -> QueryResult<()> {
        if let Self::Postgres(_) = self {
            let row = SqlFragment::new(format!("SELECT id FROM {table} WHERE id = ")).bind(BindValue::Id(id));
            Statement::<UuidSql>::new(row.sql(" FOR NO KEY UPDATE")).execute(self)?;
        }
        Ok(())
    }
}

/// Whether another transaction may write a row that this one has read but not locked. Always false on SQLite.
#[must_use]
pub fn has_concurrent_writers(tx: &Conn) -> bool {
    matches!(tx, Conn::Postgres(_))
}

/// Takes the advisory lock of this name until the transaction ends, waiting for other holders.
pub fn advisory_lock(tx: &mut Conn, name: &str) -> QueryResult<()> {
    if let Conn::Sqlite(_) = tx {
        return Ok(());
    }
    let lock =
        SqlFragment::new("SELECT pg_advisory_xact_lock(hashtextextended(").bind_text(name).sql(", 0))");
    Statement::<Bool>::new(lock).execute(tx).map(drop)
}

/// Takes the advisory lock of this name until the transaction ends, unless another transaction holds it.
pub fn try_advisory_lock(tx: &mut Conn, name: &str) -> QueryResult<bool> {
    if let Conn::Sqlite(_) = tx {
        return Ok(true);
    }
    let lock =
        SqlFragment::new("SELECT pg_try_advisory_xact_lock(hashtextextended(").bind_text(name).sql(", 0))");
    Statement::<Bool>::new(lock).get_result(tx)
}
