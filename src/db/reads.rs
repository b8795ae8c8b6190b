//! How the database is read: in three classes with connections of their own, on threads for blocking work, and in place
//! only where that is short by construction.

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
use std::time::Duration;
use std::time::Instant;

impl Db {
    /// Whether the tables are there and can hold Japanese. It waits for no other read or write.
    ///
    /// # Errors
    /// 503 when the database does not answer in time.
    pub async fn is_ready(&self) -> Result<bool> {
        let (Engine::Sqlite { probe, .. } | Engine::Postgres { probe, .. }) = &*self.engine;
        let unavailable = || Problem::new(ErrorCode::Unavailable);
        let known = tokio::time::timeout(CONNECTION_TIMEOUT, probe.0.clone().lock_owned()).await;
        let mut known = known.map_err(|_| unavailable())?;
        if let Some((at, answer)) = &known.last_result
            && at.elapsed() < RESULT_TTL
        {
            return answer.clone();
        }
        let db = self.clone();
        let asked = run_blocking(move || {
            let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*db.engine;
            let answer = known.check(&dedicated.manager, &db.log_head, db.replica.as_deref());
            known.last_result = Some((Instant::now(), answer.clone()));
            answer
        });
        tokio::time::timeout(CONNECTION_TIMEOUT, asked).await.unwrap_or_else(|_| Err(unavailable()))
    }
}

/// How long a read may keep a thread that answers: a page of a filtered list takes less than a millisecond where its
/// records are found early in the order, and then a thread of its own would cost as much again.
pub const MAX_IN_PLACE_TIME: Duration = Duration::from_millis(4);

impl Db {
    /// Runs a read over one snapshot, on a thread for blocking work. The closure may run twice: on a replica that fails,
    /// then on the primary.
    ///
    /// # Errors
    /// What the closure refuses; 503 when no connection comes free in time or the database fails.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Common, (), read).await
    }

    /// Runs a read that may take long (a list with conditions, a search, a count), on connections of their own.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_long<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Long, (), read).await
    }

    /// Runs a question over the whole registry, on connections of their own. `turn` is held until it has ended, also
    /// where nobody waits for it any more.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_slow<T, F>(&self, turn: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        self.read_in_class(ReadClass::Slow, turn, read).await
    }

    /// Runs a read over one snapshot that is short whatever the registry holds: on SQLite in place, on the thread that
    /// answers.
    ///
    /// # Errors
    /// As [`Db::read`].
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
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_single_statement<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { short, .. } => run_single_statement(&self.counters, short, &read),
            // A replica tells in the same snapshot how far it is.
            Engine::Postgres { .. } if self.replica.is_some() => self.read(read).await,
            Engine::Postgres { read_pools, .. } => {
                let (db, turn) = (self.clone(), read_pools.common.acquire(&self.counters).await?);
                run_blocking(move || {
                    let _turn = turn;
                    run_single_statement(&db.counters, &db.read_pools().common.pool, &read)
                })
                .await
            }
        }
    }

    /// Tries a read over one snapshot in place, on the thread that answers, where that is SQLite. Its statements have to
    /// limit their own time to [`BRIEFLY`]; none where they would take longer, and on PostgreSQL.
    ///
    /// # Errors
    /// As [`Db::read`].
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

    async fn read_in_class<T, F>(&self, class: ReadClass, held: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        let (db, turn) = (self.clone(), self.read_pools().for_class(class).acquire(&self.counters).await?);
        let (outcome, seq) = run_blocking(move || {
            let _held = (turn, held);
            if let Some(answer) = db.replica.as_ref().and_then(|replica| replica.read(&db.log_head, &read)) {
                return Ok((answer.outcome.map_err(TxError::into_problem), Some(answer.seq)));
            }
            Ok((read_on_pool(&db.counters, &db.read_pools().for_class(class).pool, read), None))
        })
        .await?;
        seq.into_iter().for_each(replica::note_read);
        outcome
    }

    /// Runs a read whose pace its reader sets (a snapshot that is sent as it is read), over one snapshot, on a
    /// connection of its own.
    ///
    /// # Errors
    /// As [`Db::read`]; 503 when too many run already.
    pub async fn read_streaming<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Send + 'static,
    {
        let db = self.clone();
        run_blocking(move || {
            let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*db.engine;
            let unavailable = || Problem::new(ErrorCode::Unavailable);
            let _place = dedicated.permits.try_acquire().map_err(|_| unavailable())?;
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
