//! Removes deleted data from SQLite's file for good: index optimise, VACUUM, WAL truncation.
//!
//! Until then SQLite keeps deleted data in free pages, in older segments of the full-text index and in the
//! write-ahead log.

use super::bulk;
use super::database::{Db, Engine};
use super::error::{TxError, TxResult};
use super::pool::ConnectionManager;
use super::sql::{SqlFragment, Statement};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Merges the full-text index into one segment and rewrites the file, with temporary data on disk rather than
/// in memory.
const PURGE_SQL: &str = "PRAGMA busy_timeout = 30000; PRAGMA temp_store = FILE; \
    INSERT INTO search(search) VALUES ('optimize'); VACUUM;";

impl Db {
    /// Removes all deleted data from the disk. Other writes wait while the file is copied. On PostgreSQL this
    /// does nothing: dead rows go with `VACUUM`, and the WAL and backups are the operator's.
    ///
    /// # Errors
    /// 503 when a reader still uses an old state of the database.
    pub async fn purge_deleted(&self) -> Result<()> {
        let Engine::Sqlite { dedicated, .. } = &*self.engine else { return Ok(()) };
        let manager = dedicated.manager.clone();
        let result = self.write_exclusive(move |tx| {
            // VACUUM cannot run inside a transaction; the writer thread waits here meanwhile.
            tx.batch_execute("COMMIT")?;
            let result = purge_file(&manager);
            tx.batch_execute("BEGIN IMMEDIATE")?;
            result.map(|()| ((), false))
        });
        result.await
    }
}

fn purge_file(manager: &ConnectionManager) -> TxResult<()> {
    let mut connection = manager.open().map_err(|error| {
        log::error!("what was erased is still in the file: {error}");
        TxError::Refused(Problem::new(ErrorCode::Unavailable))
    })?;
    bulk::disable_statement_timeout(&mut connection)?;
    connection.batch_execute(PURGE_SQL)?;
    let checkpoint = SqlFragment::new("PRAGMA wal_checkpoint(TRUNCATE)");
    let (is_busy, _, _): (i64, i64, i64) =
        Statement::<(BigInt, BigInt, BigInt)>::new(checkpoint).get_result(&mut connection)?;
    if is_busy != 0 {
        log::error!("what was erased is still in the write-ahead log: somebody reads it");
        return Err(Problem::new(ErrorCode::Unavailable).into());
    }
    Ok(())
}
