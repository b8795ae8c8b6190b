//! Whether the database answers, asked on a connection of its own, so that it can be told while every other is in use.

use super::connection::{Conn, ConnectionManager};
use super::paging::Statement;
use super::schema::feed_head;
use super::sql::SqlFragment;
use super::{CONNECTION_TIMEOUT, Db, Engine, TxResult, run_blocking};
use crate::error::{ErrorCode, Problem, Result};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// For how long an answer is given again: whoever asks more often learns nothing new.
const RESULT_TTL: Duration = Duration::from_millis(250);

/// The connection, and what it was told last.
#[derive(Default)]
pub(super) struct ReadinessProbe(Arc<Mutex<ProbeState>>);

#[derive(Default)]
struct ProbeState {
    connection: Option<Conn>,
    /// That to the replica, where there is one.
    replica: Option<Conn>,
    last_result: Option<(Instant, Result<bool>)>,
}

impl ProbeState {
    /// What the replica says, where it may be read; else what the primary says. A connection that the server has closed is
    /// opened again once.
    fn check(&mut self, db: &Db) -> Result<bool> {
        let (Engine::Sqlite { dedicated, .. } | Engine::Postgres { dedicated, .. }) = &*db.engine;
        let replica = db.replica.as_ref();
        let answer =
            replica.and_then(|one| one.read_on_connection(&db.log_head, &mut self.replica, are_tables_ready));
        match answer {
            Some(Ok(ready)) => Ok(ready),
            _ => self.check_primary(&dedicated.manager).or_else(|_| self.check_primary(&dedicated.manager)),
        }
    }

    fn check_primary(&mut self, manager: &ConnectionManager) -> Result<bool> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => manager.open().map_err(|_| Problem::new(ErrorCode::Unavailable))?,
        };
        let ready = connection.read_in_snapshot(are_tables_ready).map_err(super::TxError::into_problem)?;
        self.connection = Some(connection);
        Ok(ready)
    }
}

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
            let answer = known.check(&db);
            known.last_result = Some((Instant::now(), answer.clone()));
            answer
        });
        tokio::time::timeout(CONNECTION_TIMEOUT, asked).await.unwrap_or_else(|_| Err(unavailable()))
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
