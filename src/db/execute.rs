//! Runs closures on pooled connections: blocking threads, check-out, retries after deadlocks.

use super::conn::Conn;
use super::error::{TxError, TxResult};
use super::log_head::{self, LogHead};
use super::pool::{ConnectionManager, Pool};
use super::slow_queries;
use super::stats::DbCounters;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};

pub(super) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let request = slow_queries::current_request_id();
    let work = move || slow_queries::for_request(request, work);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Problem::new(ErrorCode::Internal)))
}

type PooledConn = diesel::r2d2::PooledConnection<ConnectionManager>;

/// Checks out a connection on which `begin` succeeds. Connections that the server has closed are dropped on
/// the way.
pub(super) fn check_out_connection(
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

/// How often a write on PostgreSQL is attempted. A deadlock or a violated constraint runs it again, so that
/// its own checks report the conflict.
const MAX_WRITE_ATTEMPTS: u32 = 4;

pub(super) fn run_with_retries<T>(
    counters: &DbCounters,
    pool: &Pool,
    head: &LogHead,
    write: &impl Fn(&mut Conn) -> TxResult<(T, bool)>,
) -> Result<T> {
    let mut connection = check_out_connection(counters, pool, diesel::r2d2::R2D2Connection::ping)
        .map_err(|_| counters.refuse_write())?;
    let mut attempts = 1;
    loop {
        log_head::roll_back_to(None);
        match connection.run_transaction(write) {
            Err(failure) if failure.is_transient() && attempts < MAX_WRITE_ATTEMPTS => attempts += 1,
            outcome => {
                if outcome.is_ok() {
                    head.publish_commit();
                }
                return outcome.map_err(TxError::into_problem);
            }
        }
    }
}

pub(super) fn read_on_pool<T>(
    counters: &DbCounters,
    pool: &Pool,
    read: impl FnOnce(&mut Conn) -> TxResult<T>,
) -> Result<T> {
    check_out_connection(counters, pool, Conn::begin_snapshot)?
        .finish_snapshot(read)
        .map_err(TxError::into_problem)
}

/// Runs a read of one statement. If the server had closed the connection, runs it again in a transaction.
pub(super) fn run_single_statement<T>(
    counters: &DbCounters,
    pool: &Pool,
    read: &impl Fn(&mut Conn) -> TxResult<T>,
) -> Result<T> {
    let mut connection = counters.check_out(pool)?;
    match read(&mut connection) {
        Err(TxError::Database(_)) if connection.is_closed() => {
            drop(connection);
            read_on_pool(counters, pool, read)
        }
        result => result.map_err(TxError::into_problem),
    }
}
