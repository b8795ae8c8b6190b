//! How the database is read: in three classes with connections of their own, on threads for blocking work, and in place
//! only where that is short by construction.

use super::connection::Pool;
use super::figures::Figures;
use super::lane::{Class, Lanes};
use super::{Conn, Db, Engine, Failure, Outcome, block, connection, replica};
use crate::error::{Code, Problem, Result};
use std::time::Duration;

/// How long a read may keep a thread that answers: a page of a filtered list takes less than a millisecond where its
/// records are found early in the order, and then a thread of its own would cost as much again.
pub const BRIEFLY: Duration = Duration::from_millis(4);

impl Db {
    /// Runs a read over one snapshot, on a thread for blocking work. The closure may run twice: on a replica that fails,
    /// then on the primary.
    ///
    /// # Errors
    /// What the closure refuses; 503 when no connection comes free in time or the database fails.
    pub async fn read<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        self.read_as(Class::Common, (), read).await
    }

    /// Runs a read that may take long (a list with conditions, a search, a count), on connections of their own.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_long<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        self.read_as(Class::Long, (), read).await
    }

    /// Runs a question over the whole registry, on connections of their own. `turn` is held until it has ended, also
    /// where nobody waits for it any more.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_slow<T, F>(&self, turn: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        self.read_as(Class::Slow, turn, read).await
    }

    /// Runs a read over one snapshot that is short whatever the registry holds: on SQLite in place, on the thread that
    /// answers.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_short<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { short, .. } => snapshot(&self.figures, short, read),
            Engine::Postgres { .. } => self.read(read).await,
        }
    }

    /// Runs a short read of a single statement, which sees one snapshot without a transaction.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_once<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite { short, .. } => once(&self.figures, short, &read),
            // A replica tells in the same snapshot how far it is.
            Engine::Postgres { .. } if self.replica.is_some() => self.read(read).await,
            Engine::Postgres { lanes, .. } => {
                let (db, turn) = (self.clone(), lanes.common.turn(&self.figures).await?);
                block(move || {
                    let _turn = turn;
                    once(&db.figures, &db.lanes().common.pool, &read)
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
    pub fn try_in_place<T>(&self, read: impl FnOnce(&mut Conn) -> Outcome<T>) -> Result<Option<T>> {
        let Engine::Sqlite { short, .. } = &*self.engine else { return Ok(None) };
        match snapshot(&self.figures, short, read) {
            Err(problem) if problem.code == Code::TooExpensive => Ok(None),
            result => result.map(Some),
        }
    }

    pub(super) fn lanes(&self) -> &Lanes {
        let (Engine::Sqlite { lanes, .. } | Engine::Postgres { lanes, .. }) = &*self.engine;
        lanes
    }

    async fn read_as<T, F>(&self, class: Class, held: impl Send + 'static, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        let (db, turn) = (self.clone(), self.lanes().of(class).turn(&self.figures).await?);
        let (outcome, seq) = block(move || {
            let _held = (turn, held);
            if let Some(answer) = db.replica.as_ref().and_then(|replica| replica.read(&db.head, &read)) {
                return Ok((answer.outcome.map_err(Failure::into_problem), Some(answer.seq)));
            }
            Ok((snapshot(&db.figures, &db.lanes().of(class).pool, read), None))
        })
        .await?;
        seq.into_iter().for_each(replica::note);
        outcome
    }

    /// Runs a read whose pace its reader sets (a snapshot that is sent as it is read), over one snapshot, on a
    /// connection of its own.
    ///
    /// # Errors
    /// As [`Db::read`]; 503 when too many run already.
    pub async fn read_apart<T, F>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
    {
        let db = self.clone();
        block(move || {
            let (Engine::Sqlite { apart, .. } | Engine::Postgres { apart, .. }) = &*db.engine;
            let unavailable = || Problem::new(Code::Unavailable);
            let _place = apart.free.try_acquire().map_err(|_| unavailable())?;
            let mut read = Some(read);
            if let Some(answer) =
                db.replica.as_ref().and_then(|replica| replica.read_apart(&db.head, &mut read))
            {
                return answer.outcome.map_err(Failure::into_problem);
            }
            let read = read.ok_or_else(unavailable)?;
            let mut connection = apart.manager.open().map_err(|_| unavailable())?;
            connection.snapshot(read).map_err(Failure::into_problem)
        })
        .await
    }
}

fn snapshot<T>(figures: &Figures, pool: &Pool, read: impl FnOnce(&mut Conn) -> Outcome<T>) -> Result<T> {
    connection(figures, pool, Conn::begin_reading)?.finish_reading(read).map_err(Failure::into_problem)
}

/// Runs a read of one statement; again, in a transaction, where the server had closed the connection.
fn once<T>(figures: &Figures, pool: &Pool, read: &impl Fn(&mut Conn) -> Outcome<T>) -> Result<T> {
    let mut connection = figures.take(pool)?;
    match read(&mut connection) {
        Err(Failure::Database(_)) if connection.is_closed() => {
            drop(connection);
            snapshot(figures, pool, read)
        }
        result => result.map_err(Failure::into_problem),
    }
}
