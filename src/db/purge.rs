//! What was erased leaves the disk too. SQLite keeps what is deleted in free pages, in older segments of its full-text
//! index and in its write-ahead log until something else is written there.

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

/// The index is merged into one segment and the file is written anew. What that needs beside it is not held in memory.
const PURGE_SQL: &str = "PRAGMA busy_timeout = 30000; PRAGMA temp_store = FILE; \
    INSERT INTO search(search) VALUES ('optimize'); VACUUM;";

impl Db {
    /// Leaves nothing on the disk of what has been deleted. Other writes wait for as long as it takes to copy the file. On
    /// PostgreSQL it is the operator's: old rows go with `VACUUM`, its log and backups as they are kept.
    ///
    /// # Errors
    /// When the database fails, or somebody reads what was there before.
    pub async fn purge_deleted(&self) -> Result<()> {
        let Engine::Sqlite { dedicated, .. } = &*self.engine else { return Ok(()) };
        let manager = dedicated.manager.clone();
        let wiped = self.write_exclusive(move |tx| {
            // The file cannot be written anew inside of a transaction; the one writer stands still meanwhile.
            tx.batch_execute("COMMIT")?;
            let wiped = purge_file(&manager);
            tx.batch_execute("BEGIN IMMEDIATE")?;
            wiped.map(|()| ((), false))
        });
        wiped.await
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
