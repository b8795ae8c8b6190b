//! Readiness check on a connection of its own, cached for 250 ms, so that it works while every pooled
//! connection is busy.

use super::conn::Conn;
use super::error::{TxError, TxResult};
use super::log_head::LogHead;
use super::pool::ConnectionManager;
use super::replica::Replica;
use super::schema::feed_head;
use super::sql::{SqlFragment, Statement};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a result is reused.
pub(super) const RESULT_TTL: Duration = Duration::from_millis(250);

/// The state of the check, locked while one runs.
#[derive(Default)]
pub(super) struct ReadinessProbe(pub(super) Arc<Mutex<ProbeState>>);

#[derive(Default)]
pub(super) struct ProbeState {
    connection: Option<Conn>,
    /// The connection to the replica, if there is one.
    replica: Option<Conn>,
    pub(super) last_result: Option<(Instant, Result<bool>)>,
}

impl ProbeState {
    /// Checks the replica if it may be read, else the primary. A connection that the server has closed is
    /// reopened once.
    pub(super) fn check(
        &mut self,
        primary: &ConnectionManager,
        log_head: &LogHead,
        replica: Option<&Replica>,
    ) -> Result<bool> {
        let on_replica = replica
            .and_then(|replica| replica.read_on_connection(log_head, &mut self.replica, are_tables_ready));
        match on_replica {
            Some(Ok(ready)) => Ok(ready),
            _ => self.check_primary(primary).or_else(|_| self.check_primary(primary)),
        }
    }

    fn check_primary(&mut self, manager: &ConnectionManager) -> Result<bool> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => manager.open().map_err(|_| Problem::new(ErrorCode::Unavailable))?,
        };
        let ready = connection.read_in_snapshot(are_tables_ready).map_err(TxError::into_problem)?;
        self.connection = Some(connection);
        Ok(ready)
    }
}

/// Whether the tables exist and, on PostgreSQL, the encoding and the trigram index can store Japanese.
fn are_tables_ready(connection: &mut Conn) -> TxResult<bool> {
    let _: i64 = feed_head::table.select(feed_head::seq).first(connection)?;
    if let Conn::Postgres(_) = connection {
        let probe = "SELECT array_to_string(show_trgm('静岡'), '') || current_setting('server_encoding')";
        let probe: String = Statement::<Text>::new(SqlFragment::new(probe)).get_result(connection)?;
        return Ok(probe.ends_with("UTF8") && probe != "UTF8");
    }
    Ok(true)
}
