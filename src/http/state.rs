//! What every handler can reach.

use super::cursor::Sealer;
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::error::Result;

/// The database, the time, and what seals cursors.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What seals the cursors.
    pub sealer: Sealer,
}

impl State {
    /// The state over a database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(db: Db, clock: Clock) -> Result<Self> {
        let key = db.read(|tx| Ok(db::setting(tx, "cursor_key")?)).await?;
        Ok(Self { db, clock, sealer: Sealer::new(&key.unwrap_or_default()) })
    }
}
