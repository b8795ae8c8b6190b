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
pub use error::{Failure, Outcome};
pub use figures::{Connections, Count};
pub use locks::{lock, locks_rows, try_lock};
pub use reads::BRIEFLY;
pub use savepoint::savepoint;
pub use slow::{log_slow, of_request};

use crate::error::{Code, Problem, Result};
use connection::{Manager, Pool};
use figures::Figures;
use head::Head;
use lane::{Lane, Lanes};
use line::Line;
use probe::Probe;
use replica::Replica;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use writer::Writer;

/// How long a request waits for a connection before it is answered 503.
const PATIENCE: Duration = Duration::from_secs(2);

/// A database, open and migrated. Clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    figures: Arc<Figures>,
    head: Head,
    /// Where reads may go; none for those that must see the primary.
    replica: Option<Arc<Replica>>,
}

enum Engine {
    Sqlite { short: Pool, lanes: Lanes, writer: Writer, apart: Apart, probe: Probe },
    Postgres { lanes: Lanes, line: Line, apart: Apart, probe: Probe },
}

/// Opens connections beside the pools, for what keeps one as long as its reader takes.
struct Apart {
    manager: Manager,
    free: Semaphore,
}

/// The most common, and the most long, reads of SQLite at a time: so few that short ones get their turn, and one that is
/// slow has others pass it. PostgreSQL has its own processors, and half as many long ones as common ones.
const SQLITE_LANE: u32 = 4;
/// The most connections beside the pools.
const MOST_APART: usize = 8;

/// How long a statement of a request may take unless told otherwise.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

/// The most questions over the whole registry that are answered at a time: as many as there are cores for, and few.
#[must_use]
pub fn slow_reads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4)
}

/// Whether a database file that does not exist may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Create {
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
    pub fn open(url: &str, create: Create, connections: u32) -> Result<Self, OpenError> {
        Self::open_limited(url, create, connections, STATEMENT_TIMEOUT)
    }

    /// As [`Db::open`], with another time limit for the statements of requests.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_limited(
        url: &str,
        create: Create,
        connections: u32,
        statement_timeout: Duration,
    ) -> Result<Self, OpenError> {
        let manager = Manager::new(url, create, statement_timeout)?;
        migrations::run(&mut manager.open()?)?;
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                // A read finds out when it begins, a write before.
                .test_on_check_out(false)
                .connection_timeout(PATIENCE)
                .error_handler(Box::new(connection::Quiet))
                .build(manager.clone())
                .map_err(|error| OpenError::Connect(error.to_string()))
        };
        let figures = Arc::new(Figures::default());
        let apart = Apart { manager: manager.clone(), free: Semaphore::new(MOST_APART) };
        let head = Head::default();
        let (common, long) = if manager.is_remote() {
            (connections, SQLITE_LANE.max(connections / 2))
        } else {
            (SQLITE_LANE, SQLITE_LANE)
        };
        let slow = u32::try_from(slow_reads()).unwrap_or(1);
        let lane = |size: u32| pool(size).map(Lane::new);
        let lanes = Lanes { common: lane(common)?, long: lane(long)?, slow: lane(slow)? };
        let probe = Probe::default();
        let engine = if manager.is_remote() {
            Engine::Postgres { lanes, line: Line::new(connections), apart, probe }
        } else {
            checkpoint::start(manager.clone(), &figures);
            Engine::Sqlite {
                short: pool(connections)?,
                lanes,
                writer: Writer::start(manager, writer::QUEUE, head.clone(), figures.clone())?,
                apart,
                probe,
            }
        };
        Ok(Self { engine: Arc::new(engine), figures, head, replica: None })
    }

    /// What is known of the head of the log: from now on, also of what other processes write.
    #[must_use]
    pub fn head(&self) -> &Head {
        let (Engine::Sqlite { apart, .. } | Engine::Postgres { apart, .. }) = &*self.engine;
        self.head.watch(apart.manager.clone());
        &self.head
    }

    fn is_remote(&self) -> bool {
        matches!(&*self.engine, Engine::Postgres { .. })
    }

    /// Undoes and redoes every migration: for the test of the migrations.
    ///
    /// # Errors
    /// When a migration fails.
    pub fn redo_migrations(url: &str) -> Result<(), OpenError> {
        migrations::redo(&mut Manager::new(url, Create::IfMissing, STATEMENT_TIMEOUT)?.open()?)
    }

    /// Runs a write in one transaction and answers after its commit. The closure may run more than once: ids, time
    /// and hashes are drawn before it.
    ///
    /// # Errors
    /// What the closure refuses (nothing is written then); 503 when the database fails or is too busy.
    pub async fn write<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<T> + Send + 'static,
    {
        self.submit(false, move |tx| Ok((write(tx)?, true))).await
    }

    /// As [`Db::write`], for a write of many rows, whose transaction no other shares: what it wrote is undone where it
    /// says with its result that it is not to be kept.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_alone<T, F>(&self, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<(T, bool)> + Send + 'static,
    {
        self.submit(true, write).await
    }

    async fn submit<T, F>(&self, alone: bool, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<(T, bool)> + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { writer, .. } => writer.submit(alone, write).await,
            Engine::Postgres { line, .. } => {
                let _place = line.wait().await?;
                let db = self.clone();
                block(move || match &*db.engine {
                    Engine::Postgres { lanes, .. } => {
                        transact(&db.figures, &lanes.common.pool, &db.head, &write)
                    }
                    Engine::Sqlite { .. } => Err(Problem::new(Code::Internal)),
                })
                .await
            }
        }
    }
}

async fn block<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let request = slow::request();
    let work = move || slow::on_behalf(request, work);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
}

type Pooled = diesel::r2d2::PooledConnection<Manager>;

/// A connection of the pool on which this succeeds. Those that the server has closed are dropped on the way.
fn connection(
    figures: &Figures,
    pool: &Pool,
    begin: impl Fn(&mut Conn) -> diesel::QueryResult<()>,
) -> Result<Pooled> {
    for _ in 0..=pool.max_size() {
        let mut connection = figures.take(pool)?;
        match begin(&mut connection) {
            Ok(()) => return Ok(connection),
            Err(_) if connection.is_closed() => {}
            Err(error) => return Err(Failure::Database(error).into_problem()),
        }
    }
    Err(Problem::new(Code::Unavailable))
}

/// Tries of one write on PostgreSQL: a deadlock or a violated constraint runs it again, so that its own checks speak.
const TRIES: u32 = 4;

fn transact<T>(
    figures: &Figures,
    pool: &Pool,
    head: &Head,
    write: &impl Fn(&mut Conn) -> Outcome<(T, bool)>,
) -> Result<T> {
    let mut connection =
        connection(figures, pool, diesel::r2d2::R2D2Connection::ping).map_err(|_| figures.refuse())?;
    let mut tries = 1;
    loop {
        head::undone(None);
        match connection.transact(write) {
            Err(failure) if failure.is_transient() && tries < TRIES => tries += 1,
            outcome => {
                if outcome.is_ok() {
                    head.committed();
                }
                return outcome.map_err(Failure::into_problem);
            }
        }
    }
}

/// A value that all instances over this database share.
///
/// # Errors
/// When the database fails.
pub fn setting(tx: &mut Conn, name: &str) -> diesel::QueryResult<Option<String>> {
    use diesel::prelude::*;
    use schema::settings;
    settings::table.find(name).select(settings::value).first(tx).optional()
}
