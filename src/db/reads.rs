//! Read methods of [`Db`]: pooled, long, slow, in place, single-statement, streaming.
//!
//! Each class of reads has a pool of its own and runs on threads for blocking work. Only reads that are short
//! by construction run in place, on the thread of the request.

use super::conn::Conn;
use super::database::{Db, Engine};
use super::error::{TxError, TxResult};
use super::execute::{read_on_pool, run_blocking, run_single_statement};
use super::pool::CONNECTION_TIMEOUT;
use super::read_pools::{ReadClass, ReadPools};
use super::readiness::RESULT_TTL;
use super::replica;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::time::{Duration, Instant};

impl Db {
    /// Whether the tables exist and can store Japanese. The check waits for no other read or write.
    ///
    /// # Errors
    /// 503 when the database does not answer in time.
    pub async fn is_ready(&self) -> Result<bool> {
        let (Engine::Sqlite { probe, .. } | Engine::Postgres { probe, .. }) = &*self.engine;
        let unavailable = || Problem::new(ErrorCode::Unavailable);
        let state = tokio::time::timeout(CONNECTION_TIMEOUT, probe.0.clone().lock_owned()).await;
        let mut state = state.map_err(|_| unavailable())?;
        if let Some((at, result)) = &state.last_result
            && at.elapsed() < RESULT_TTL
        {
            return result.clone();
        }
        let db = self.clone();
        let check = run_blocking(move || {
            let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*db.engine;
            let result = state.check(&dedicated.manager, &db.log_head, db.replica.as_deref());
            state.last_result = Some((Instant::now(), result.clone()));
            result
        });
        tokio::time::timeout(CONNECTION_TIMEOUT, check).await.unwrap_or_else(|_| Err(unavailable()))
    }
}

/// The longest that a read may block the thread of the request. A page of a filtered list takes less than a
/// millisecond if its records come early in the order; handing it to another thread would double that.
pub const MAX_IN_PLACE_TIME: Duration = Duration::from_millis(4);

impl Db {
    /// Runs a read on one snapshot, on a thread for blocking work. The closure may run twice: on a replica
    /// that fails, then on the primary.
    ///
    /// # Errors
    /// The problem that the closure returns; 503 when no connection is free in time or the database fails.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Common, (), read).await
    }

    /// Runs a read that may take long (a list with filters, a search, a count), on a pool of its own.
    pub async fn read_long<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Long, (), read).await
    }

    /// Runs an analytical query over the whole registry, on a pool of its own. `guard` is dropped when the
    /// query has ended, even if the request was abandoned before.
    pub async fn read_slow<T, F>(&self, guard: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Slow, guard, read).await
    }

    /// Runs a read on one snapshot that is short however many records there are. On SQLite it runs in place,
    /// on the thread of the request.
    pub async fn read_short<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { short, .. } => read_on_pool(&self.counters, short, read),
            Engine::Postgres { .. } => self.read(read).await,
        }
    }

    /// Runs a short read of a single statement, which sees one snapshot without a transaction.
    pub async fn read_single_statement<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { short, .. } => run_single_statement(&self.counters, short, &read),
            // A read from a replica needs a transaction: it also reads how far the replica has got.
            Engine::Postgres { .. } if self.replica.is_some() => self.read(read).await,
            Engine::Postgres { read_pools, .. } => {
                let (db, permit) = (self.clone(), read_pools.common.acquire(&self.counters).await?);
                run_blocking(move || {
                    let _permit = permit;
                    run_single_statement(&db.counters, &db.read_pools().common.pool, &read)
                })
                .await
            }
        }
    }

    /// Tries a read on one snapshot in place, on the thread of the request. Its statements must limit their
    /// own time to [`MAX_IN_PLACE_TIME`]. Returns `None` if that was not enough, and always on PostgreSQL.
    pub fn try_read_in_place<T>(&self, read: impl FnOnce(&mut Conn) -> TxResult<T>) -> Result<Option<T>> {
        let Engine::Sqlite { short, .. } = &*self.engine else { return Ok(None) };
        match read_on_pool(&self.counters, short, read) {
            Err(problem) if problem.code == ErrorCode::TooExpensive => Ok(None),
            result => result.map(Some),
        }
    }

    pub(super) fn read_pools(&self) -> &ReadPools {
        let (Engine::Sqlite { read_pools, .. } | Engine::Postgres { read_pools, .. }) = &*self.engine;
        read_pools
    }

    async fn read_in_class<T, F>(&self, class: ReadClass, guard: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        let (db, permit) = (self.clone(), self.read_pools().for_class(class).acquire(&self.counters).await?);
        let (outcome, seq) = run_blocking(move || {
            let _guards = (permit, guard);
            if let Some(answer) = db.replica.as_ref().and_then(|replica| replica.read(&db.log_head, &read)) {
                return Ok((answer.outcome.map_err(TxError::into_problem), Some(answer.seq)));
            }
            Ok((read_on_pool(&db.counters, &db.read_pools().for_class(class).pool, read), None))
        })
        .await?;
        seq.into_iter().for_each(replica::note_read);
        outcome
    }

    /// Runs a read whose pace the client sets (an export that is sent as it is read), on one snapshot and on
    /// a connection outside the pools.
    ///
    /// # Errors
    /// Those of [`Db::read`]; 503 when 8 run already.
    pub async fn read_streaming<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Send + 'static,
    {
        let db = self.clone();
        run_blocking(move || {
            let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*db.engine;
            let unavailable = || Problem::new(ErrorCode::Unavailable);
            let _permit = dedicated.permits.try_acquire().map_err(|_| unavailable())?;
            let mut read = Some(read);
            if let Some(answer) =
                db.replica.as_ref().and_then(|replica| replica.read_streaming(&db.log_head, &mut read))
            {
                return answer.outcome.map_err(TxError::into_problem);
            }
            let read = read.ok_or_else(unavailable)?;
            let mut connection = dedicated.manager.open().map_err(|_| unavailable())?;
            connection.read_in_snapshot(read).map_err(TxError::into_problem)
        })
        .await
    }
}
