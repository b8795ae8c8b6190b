//! Whether the database answers, asked on a connection of its own, so that it can be told while every other is in use.

use super::connection::{Conn, Manager};
use super::paging::Statement;
use super::schema::feed_head;
use super::sql::Clause;
use super::{Db, Engine, Outcome, PATIENCE, block};
use crate::error::{Code, Problem, Result};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// For how long an answer is given again: whoever asks more often learns nothing new.
const FRESH: Duration = Duration::from_millis(250);

/// The connection, and what it was told last.
#[derive(Default)]
pub(super) struct Probe(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    connection: Option<Conn>,
    /// That to the replica, where there is one.
    replica: Option<Conn>,
    last: Option<(Instant, Result<bool>)>,
}

impl Known {
    /// What the replica says, where it may be read; else what the primary says. A connection that the server has closed is
    /// opened again once.
    fn ask(&mut self, db: &Db) -> Result<bool> {
        let (Engine::Sqlite { apart, .. } | Engine::Postgres { apart, .. }) = &*db.engine;
        let replica = db.replica.as_ref();
        let answer = replica.and_then(|one| one.read_kept(&db.head, &mut self.replica, tables_are_ready));
        match answer {
            Some(Ok(ready)) => Ok(ready),
            _ => self.ask_primary(&apart.manager).or_else(|_| self.ask_primary(&apart.manager)),
        }
    }

    fn ask_primary(&mut self, manager: &Manager) -> Result<bool> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => manager.open().map_err(|_| Problem::new(Code::Unavailable))?,
        };
        let ready = connection.snapshot(tables_are_ready).map_err(super::Failure::into_problem)?;
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
        let unavailable = || Problem::new(Code::Unavailable);
        let known = tokio::time::timeout(PATIENCE, probe.0.clone().lock_owned()).await;
        let mut known = known.map_err(|_| unavailable())?;
        if let Some((at, answer)) = &known.last
            && at.elapsed() < FRESH
        {
            return answer.clone();
        }
        let db = self.clone();
        let asked = block(move || {
            let answer = known.ask(&db);
            known.last = Some((Instant::now(), answer.clone()));
            answer
        });
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(unavailable()))
    }
}

/// Whether the tables are there and, on PostgreSQL, the encoding and the trigram index can hold Japanese.
fn tables_are_ready(connection: &mut Conn) -> Outcome<bool> {
    let _: i64 = feed_head::table.select(feed_head::seq).first(connection)?;
    if let Conn::Postgres(_) = connection {
        let probe = "SELECT array_to_string(show_trgm('静岡'), '') || current_setting('server_encoding')";
        let probe: String = Statement::<Text>::new(Clause::new(probe)).get_result(connection)?;
        return Ok(probe.ends_with("UTF8") && probe != "UTF8");
    }
    Ok(true)
}
