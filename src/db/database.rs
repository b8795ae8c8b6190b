//! The database handle [`Db`]: opens SQLite or PostgreSQL by URL, owns the connection pools and runs writes.

use super::conn::Conn;
use super::error::TxResult;
use super::execute::{run_blocking, run_with_retries};
use super::log_head::{self, LogHead};
use super::pool::{CONNECTION_TIMEOUT, ConnectionManager, CreateMode, LogConnectionErrors, OpenError, Pool};
use super::read_pools::{ReadPool, ReadPools};
use super::readiness::ReadinessProbe;
use super::replica::{REPLICA_CONNECTION_TIMEOUT, Replica};
use super::sqlite_writer::{self, SqliteWriter};
use super::stats::{DbCounters, DbStats, PoolUsage};
use super::write_queue::WriteQueue;
use super::{migrations, wal_checkpoint};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Semaphore;

/// An open, migrated database. Clones share it.
#[derive(Clone)]
pub struct Db {
    pub(super) engine: Arc<Engine>,
    pub(super) counters: Arc<DbCounters>,
    pub(super) log_head: LogHead,
    /// The replica that reads may use; none for a handle that always reads from the primary.
    pub(super) replica: Option<Arc<Replica>>,
}

pub(super) enum Engine {
    Sqlite {
        short: Pool,
        read_pools: ReadPools,
        writer: SqliteWriter,
        dedicated: DedicatedConnections,
        probe: ReadinessProbe,
    },
    Postgres {
        read_pools: ReadPools,
        write_queue: WriteQueue,
        dedicated: DedicatedConnections,
        probe: ReadinessProbe,
    },
}

/// Opens connections outside the pools, for reads that keep one as long as the client takes.
pub(super) struct DedicatedConnections {
    pub(super) manager: ConnectionManager,
    pub(super) permits: Semaphore,
}

/// Size of SQLite's pools for common and for long reads: small, so that short reads get processor time and
/// one slow read does not hold up the others. On PostgreSQL, whose server has processors of its own, the pool
/// for long reads is half as large as that for common ones, but not smaller than this.
const SQLITE_READ_POOL_SIZE: u32 = 4;

/// The most connections outside the pools.
const MAX_DEDICATED_CONNECTIONS: usize = 8;

/// Default timeout of a request's statements.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// The most analytical queries over the whole registry that run at a time: one per core, 2 to 4.
#[must_use]
pub fn max_slow_reads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4)
}

impl Db {
    /// Opens the database at `url` and runs the pending migrations.
    ///
    /// # Errors
    /// When the URL names neither database, or the database cannot be reached or migrated.
    pub fn open(url: &str, create: CreateMode, connections: u32) -> Result<Self, OpenError> {
        Self::open_with_timeout(url, create, connections, STATEMENT_TIMEOUT)
    }

    /// Like [`Db::open`], with another timeout for the statements of requests.
    pub fn open_with_timeout(
        url: &str,
        create: CreateMode,
        connections: u32,
        statement_timeout: Duration,
    ) -> Result<Self, OpenError> {
        let manager = ConnectionManager::new(url, create, statement_timeout)?;
        migrations::run(&mut manager.open()?)?;
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                // A read learns of a closed connection when it begins its snapshot; a write pings first.
                .test_on_check_out(false)
                .connection_timeout(CONNECTION_TIMEOUT)
                .error_handler(Box::new(LogConnectionErrors))
                .build(manager.clone())
                .map_err(|error| OpenError::Connect(error.to_string()))
        };
        let counters = Arc::new(DbCounters::default());
        let dedicated = DedicatedConnections {
            manager: manager.clone(),
            permits: Semaphore::new(MAX_DEDICATED_CONNECTIONS),
        };
        let log_head = LogHead::default();
        let (common, long) = if manager.is_postgres() {
            (connections, SQLITE_READ_POOL_SIZE.max(connections / 2))
        } else {
            (SQLITE_READ_POOL_SIZE, SQLITE_READ_POOL_SIZE)
        };
        let slow = u32::try_from(max_slow_reads()).unwrap_or(1);
        let read_pool = |size: u32| pool(size).map(ReadPool::new);
        let read_pools =
            ReadPools { common: read_pool(common)?, long: read_pool(long)?, slow: read_pool(slow)? };
        let probe = ReadinessProbe::default();
        let engine = if manager.is_postgres() {
            Engine::Postgres { read_pools, write_queue: WriteQueue::new(connections), dedicated, probe }
        } else {
            wal_checkpoint::start(manager.clone(), &counters);
            Engine::Sqlite {
                short: pool(connections)?,
                read_pools,
                writer: SqliteWriter::start(
                    manager,
                    sqlite_writer::MAX_QUEUED_WRITES,
                    log_head.clone(),
                    counters.clone(),
                )?,
                dedicated,
                probe,
            }
        };
        Ok(Self { engine: Arc::new(engine), counters, log_head, replica: None })
    }

    /// Returns the same database with reads sent to the replica at `url`, as long as the replica has
    /// everything that this process wrote and everything committed longer than `bound` ago. The replica need
    /// not be up yet.
    ///
    /// # Errors
    /// [`OpenError::Replica`] when one of the two is not PostgreSQL.
    pub fn with_replica(self, url: &str, connections: u32, bound: Duration) -> Result<Self, OpenError> {
        let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*self.engine;
        let limit = dedicated.manager.statement_timeout();
        let manager = ConnectionManager::new(url, CreateMode::Never, limit).map_err(|error| match error {
            OpenError::Missing(_) => OpenError::Replica,
            other => other,
        })?;
        if !(manager.is_postgres() && self.is_postgres()) {
            return Err(OpenError::Replica);
        }
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            .test_on_check_out(true)
            .connection_timeout(REPLICA_CONNECTION_TIMEOUT)
            .error_handler(Box::new(LogConnectionErrors))
            .build_unchecked(manager.clone());
        let replica = Replica::new(manager, pool, bound.min(log_head::MAX_HEAD_AGE));
        let _ = self.log_head();
        Ok(Self { replica: Some(Arc::new(replica)), ..self })
    }

    /// Returns the same database with all reads sent to the primary: for tables whose changes have no number
    /// in the log (keys, webhooks, settings), and for the change feed, which must never run backwards.
    #[must_use]
    pub fn primary(&self) -> Self {
        Self { replica: None, ..self.clone() }
    }

    /// Returns the newest known change of the log. From the first call on, the changes that other processes
    /// commit are watched too.
    #[must_use]
    pub fn log_head(&self) -> &LogHead {
        let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*self.engine;
        self.log_head.start_watching(dedicated.manager.clone());
        &self.log_head
    }

    fn is_postgres(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres { .. })
    }

    /// Reverts and runs every migration again, for the test of the migrations.
    pub fn redo_migrations(url: &str) -> Result<(), OpenError> {
        migrations::redo(&mut ConnectionManager::new(url, CreateMode::IfMissing, STATEMENT_TIMEOUT)?.open()?)
    }

    /// Runs a write in one transaction and returns after its commit. The closure may run more than once, so
    /// ids, times and hashes are made before it.
    ///
    /// # Errors
    /// The problem that the closure returns (nothing is written then); 503 when the database fails or is too
    /// busy.
    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<T> + Send + 'static,
    {
        self.submit(false, move |tx| Ok((write(tx)?, true))).await
    }

    /// Like [`Db::write`], for a write of many rows that shares its transaction with no other write. The
    /// transaction is rolled back when the closure returns `false` with its result.
    pub async fn write_exclusive<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<(T, bool)> + Send + 'static,
    {
        self.submit(true, write).await
    }

    async fn submit<T, F>(&self, exclusive: bool, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<(T, bool)> + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { writer, .. } => writer.submit(exclusive, write).await,
            Engine::Postgres { write_queue, .. } => {
                let _permit = write_queue.acquire().await?;
                let db = self.clone();
                run_blocking(move || match &*db.engine {
                    Engine::Postgres { read_pools, .. } => {
                        run_with_retries(&db.counters, &read_pools.common.pool, &db.log_head, &write)
                    }
                    Engine::Sqlite { .. } => Err(Problem::new(ErrorCode::Internal)),
                })
                .await
            }
        }
    }

    /// Returns this process's counters of the database.
    #[must_use]
    pub fn stats(&self) -> DbStats {
        let connections = |name: &'static str, pool: &Pool| {
            let (state, most) = (pool.state(), pool.max_size());
            let idle = state.idle_connections;
            PoolUsage { pool: name, used: state.connections.saturating_sub(idle), idle, max: most }
        };
        let read_pools = self.read_pools();
        let mut pools = match &*self.engine {
            Engine::Sqlite { short, .. } => {
                vec![connections("short", short), connections("common", &read_pools.common.pool)]
            }
            Engine::Postgres { .. } => vec![connections("primary", &read_pools.common.pool)],
        };
        pools
            .extend([connections("long", &read_pools.long.pool), connections("slow", &read_pools.slow.pool)]);
        let (counters, mut replica) = (&self.counters, [0, 0]);
        if let Some((pool, answered, passed)) = self.replica.as_ref().map(|replica| replica.usage()) {
            pools.push(connections("replica", pool));
            replica = [answered, passed];
        }
        DbStats {
            pools,
            waiting: counters.waiting.load(Ordering::Relaxed),
            queued: counters.queued.load(Ordering::Relaxed),
            groups: counters.groups.load(Ordering::Relaxed),
            writes: counters.writes.load(Ordering::Relaxed),
            refused: counters.refused.load(Ordering::Relaxed),
            replica_reads: replica,
        }
    }
}
