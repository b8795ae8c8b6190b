//! The only folder that knows there are two databases: SQLite (embedded) and PostgreSQL, chosen by the URL.
//!
//! [`Db::read`] runs statements over one snapshot; [`Db::write`] runs a closure in one transaction and answers after
//! its commit. Writes to SQLite go through one thread that commits them in groups.

pub mod bulk;
mod checkpoint;
mod connection;
mod deadline;
mod error;
mod figures;
pub mod head;
mod lane;
pub mod late;
mod line;
mod locks;
mod migrations;
pub mod paging;
mod probe;
mod reads;
pub mod replica;
mod savepoint;
pub mod schema;
mod slow;
pub mod sql;
pub mod texts;
pub mod types;
mod wipe;
mod writer;

pub use connection::{Conn, OpenError};
pub use error::{TxError, TxResult};
pub use figures::{DbStats, PoolUsage};
pub use locks::{advisory_lock, has_concurrent_writers, try_advisory_lock};
pub use reads::MAX_IN_PLACE_TIME;
pub use savepoint::with_savepoint;
pub use slow::{log_slow_statements, with_request_id};

use crate::error::{ErrorCode, Problem, Result};
use connection::{ConnectionManager, Pool};
use figures::DbCounters;
use head::LogHead;
use lane::{ReadPool, ReadPools};
use line::WriteQueue;
use probe::ReadinessProbe;
use replica::Replica;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use writer::SqliteWriter;

/// How long a request waits for a connection before it is answered 503.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// A database, open and migrated. Clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    counters: Arc<DbCounters>,
    log_head: LogHead,
    /// Where reads may go; none for those that must see the primary.
    replica: Option<Arc<Replica>>,
}

enum Engine {
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

/// Opens connections beside the pools, for what keeps one as long as its reader takes.
struct DedicatedConnections {
    manager: ConnectionManager,
    permits: Semaphore,
}

/// The most common, and the most long, reads of SQLite at a time: so few that short ones get their turn, and one that is
/// slow has others pass it. PostgreSQL has its own processors, and half as many long ones as common ones.
const SQLITE_READ_POOL_SIZE: u32 = 4;
/// The most connections beside the pools.
const MAX_DEDICATED_CONNECTIONS: usize = 8;

/// How long a statement of a request may take unless told otherwise.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// The most questions over the whole registry that are answered at a time: as many as there are cores for, and few.
#[must_use]
pub fn max_slow_reads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4)
}

/// Whether a database file that does not exist may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateMode {
    /// It is made.
    IfMissing,
    /// It is an error.
    Never,
}

impl Db {
    /// Opens the database at `url` and brings its tables up to date.
    ///
    /// # Errors
    /// When the URL is of neither database, or the database cannot be reached or migrated.
    pub fn open(url: &str, create: CreateMode, connections: u32) -> Result<Self, OpenError> {
        Self::open_with_timeout(url, create, connections, STATEMENT_TIMEOUT)
    }

    /// As [`Db::open`], with another time limit for the statements of requests.
    ///
    /// # Errors
    /// As [`Db::open`].
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
                // A read finds out when it begins, a write before.
                .test_on_check_out(false)
                .connection_timeout(CONNECTION_TIMEOUT)
                .error_handler(Box::new(connection::LogConnectionErrors))
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
        let lane = |size: u32| pool(size).map(ReadPool::new);
        let read_pools = ReadPools { common: lane(common)?, long: lane(long)?, slow: lane(slow)? };
        let probe = ReadinessProbe::default();
        let engine = if manager.is_postgres() {
            Engine::Postgres { read_pools, write_queue: WriteQueue::new(connections), dedicated, probe }
        } else {
            checkpoint::start(manager.clone(), &counters);
            Engine::Sqlite {
                short: pool(connections)?,
                read_pools,
                writer: SqliteWriter::start(
                    manager,
                    writer::MAX_QUEUED_WRITES,
                    log_head.clone(),
                    counters.clone(),
                )?,
                dedicated,
                probe,
            }
        };
        Ok(Self { engine: Arc::new(engine), counters, log_head, replica: None })
    }

    /// What is known of the head of the log: from now on, also of what other processes write.
    #[must_use]
    pub fn log_head(&self) -> &LogHead {
        let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*self.engine;
        self.log_head.start_watching(dedicated.manager.clone());
        &self.log_head
    }

    fn is_postgres(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres { .. })
    }

    /// Undoes and redoes every migration: for the test of the migrations.
    ///
    /// # Errors
    /// When a migration fails.
    pub fn redo_migrations(url: &str) -> Result<(), OpenError> {
        migrations::redo(&mut ConnectionManager::new(url, CreateMode::IfMissing, STATEMENT_TIMEOUT)?.open()?)
    }

    /// Runs a write in one transaction and answers after its commit. The closure may run more than once: ids, time
    /// and hashes are drawn before it.
    ///
    /// # Errors
    /// What the closure refuses (nothing is written then); 503 when the database fails or is too busy.
    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> TxResult<T> + Send + 'static,
    {
        self.submit(false, move |tx| Ok((write(tx)?, true))).await
    }

    /// As [`Db::write`], for a write of many rows, whose transaction no other shares: what it wrote is undone where it
    /// says with its result that it is not to be kept.
    ///
    /// # Errors
    /// As [`Db::write`].
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
                let _place = write_queue.acquire().await?;
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
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let request = slow::current_request_id();
    let work = move || slow::for_request(request, work);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Problem::new(ErrorCode::Internal)))
}

type PooledConn = diesel::r2d2::PooledConnection<ConnectionManager>;

/// A connection of the pool on which this succeeds. Those that the server has closed are dropped on the way.
fn check_out_connection(
    counters: &DbCounters,
    pool: &Pool,
    begin: impl Fn(&mut Conn) -> diesel::QueryResult<()>,
) -> Result<PooledConn> {
    for _ in 0..=pool.max_size() {
        let mut connection = counters.check_out(pool)?;
        match begin(&mut connection) {
            Ok(()) => return Ok(connection),
            Err(_) if connection.is_closed() => {}
            Err(error) => return Err(TxError::Database(error).into_problem()),
        }
    }
    Err(Problem::new(ErrorCode::Unavailable))
}

/// Tries of one write on PostgreSQL: a deadlock or a violated constraint runs it again, so that its own checks speak.
const MAX_WRITE_ATTEMPTS: u32 = 4;

fn run_with_retries<T>(
    counters: &DbCounters,
    pool: &Pool,
    head: &LogHead,
    write: &impl Fn(&mut Conn) -> TxResult<(T, bool)>,
) -> Result<T> {
    let mut connection = check_out_connection(counters, pool, diesel::r2d2::R2D2Connection::ping)
        .map_err(|_| counters.refuse_write())?;
    let mut tries = 1;
    loop {
        head::roll_back_to(None);
        match connection.run_transaction(write) {
            Err(failure) if failure.is_transient() && tries < MAX_WRITE_ATTEMPTS => tries += 1,
            outcome => {
                if outcome.is_ok() {
                    head.publish_commit();
                }
                return outcome.map_err(TxError::into_problem);
            }
        }
    }
}

/// A value that all instances over this database share.
///
/// # Errors
/// When the database fails.
pub fn read_setting(tx: &mut Conn, name: &str) -> diesel::QueryResult<Option<String>> {
    use diesel::prelude::*;
    use schema::settings;
    settings::table.find(name).select(settings::value).first(tx).optional()
}
