//! Whether the database answers, asked on a connection of its own, so that it can be told while every other is in use.

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
use std::time::Duration;
use std::time::Instant;
use tokio::sync::Mutex;

/// For how long an answer is given again: whoever asks more often learns nothing new.
pub(super) const RESULT_TTL: Duration = Duration::from_millis(250);

/// The connection, and what it was told last.
#[derive(Default)]
pub(super) struct ReadinessProbe(pub(super) Arc<Mutex<ProbeState>>);

#[derive(Default)]
pub(super) struct ProbeState {
    connection: Option<Conn>,
    /// That to the replica, where there is one.
    replica: Option<Conn>,
    pub(super) last_result: Option<(Instant, Result<bool>)>,
}

impl ProbeState {
    /// What the replica says, where it may be read; else what the primary says. A connection that the server has closed is
    /// opened again once.
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

/// Whether the tables are there and, on PostgreSQL, the encoding and the trigram index can hold Japanese.
fn are_tables_ready(connection: &mut Conn) -> TxResult<bool> {
    let _: i64 = feed_head::table.select(feed_head::seq).first(connection)?;
    if let Conn::Postgres(_) = connection {
        let probe = "SELECT array_to_string(show_trgm('静岡'), '') || current_setting('server_encoding')";
        let probe: String = Statement::<Text>::new(SqlFragment::new(probe)).get_result(connection)?;
        return Ok(probe.ends_with("UTF8") && probe != "UTF8");
    }
    Ok(true)
}
