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
    /// Whether webhooks may reach addresses that are not public.
    pub private_webhooks: bool,
}

impl State {
    /// The state over a database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(db: Db, clock: Clock) -> Result<Self> {
        let key = db.read(|tx| Ok(db::setting(tx, "cursor_key")?)).await?;
        Ok(Self { db, clock, sealer: Sealer::new(&key.unwrap_or_default()), private_webhooks: false })
    }

    /// The same state, in which webhooks may or may not reach addresses that are not public.
    #[must_use]
    pub fn private_webhooks(self, allowed: bool) -> Self {
        Self { private_webhooks: allowed, ..self }
    }
}
