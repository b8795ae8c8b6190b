//! Read snapshots and write transactions on a connection.

use super::conn::Conn;
use super::deferred;
use super::error::{TxError, TxResult};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;

impl Conn {
    /// Enlarges the page cache to 16 MB, for SQLite's single writer.
    pub(super) fn enlarge_page_cache(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => connection.batch_execute("PRAGMA cache_size = -16000"),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Begins a read transaction, whose statements all see one snapshot.
    pub(super) fn begin_snapshot(&mut self) -> QueryResult<()> {
        match self {
            Self::Postgres(connection) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                AnsiTransactionManager::begin_transaction_sql(connection, begin)
            }
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction(connection),
        }
    }

    /// Runs `read` in the snapshot that has begun, and ends it.
    pub(super) fn finish_snapshot<T>(&mut self, read: impl FnOnce(&mut Self) -> TxResult<T>) -> TxResult<T> {
        let result = read(self);
        match result {
            Ok(_) => <Self as Connection>::TransactionManager::commit_transaction(self)?,
            Err(_) => <Self as Connection>::TransactionManager::rollback_transaction(self)?,
        }
        result
    }

    /// Runs `read` in a snapshot of its own.
    pub(super) fn read_in_snapshot<T>(&mut self, read: impl FnOnce(&mut Self) -> TxResult<T>) -> TxResult<T> {
        self.begin_snapshot()?;
        self.finish_snapshot(read)
    }

    /// Whether the server has closed the connection. If so, marks it as broken, so that the pool drops it.
    pub(super) fn is_closed(&mut self) -> bool {
        let closed = self.ping().is_err();
        if closed {
            match self {
                Self::Postgres(connection) => {
                    AnsiTransactionManager::transaction_manager_status_mut(connection).set_in_error();
                }
                Self::Sqlite(connection) => {
                    AnsiTransactionManager::transaction_manager_status_mut(connection).set_in_error();
                }
            }
        }
        closed
    }

    /// Runs `write` in a transaction, and rolls it back if the closure returns `false` with its result.
    pub(super) fn run_transaction<T>(
        &mut self,
        write: &impl Fn(&mut Self) -> TxResult<(T, bool)>,
    ) -> TxResult<T> {
        let mut rolled_back = None;
        deferred::roll_back_to(0);
        let committed = self.transaction::<T, TxError, _>(|tx| {
            let (value, should_commit) = write(tx)?;
            if should_commit {
                deferred::flush(tx)?;
                return Ok(value);
            }
            rolled_back = Some(value);
            Err(diesel::result::Error::RollbackTransaction.into())
        });
        rolled_back.map_or(committed, Ok)
    }
}
