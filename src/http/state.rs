//! What every handler can reach.

use super::cursor::Sealer;
use super::totals::Totals;
use crate::access::answers::Flights;
use crate::clock::Clock;
use crate::db::{self, Db};
use crate::error::Result;
use crate::feed::bell::Bell;
use crate::feed::changes::Deserts;
use crate::feed::readers::Readers;

/// The database, the time, and what seals cursors.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What seals the cursors.
    pub sealer: Sealer,
    /// What rings when the log grows.
    pub bell: Bell,
    /// How far keys have read the feed.
    pub readers: Readers,
    /// Stretches of the log in which some readers find nothing.
    pub deserts: Deserts,
    /// How many items lists have.
    pub totals: Totals,
    /// The requests that are being answered.
    pub flights: Flights,
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
        let readers = Readers::of(&db);
        let (bell, sealer) = (Bell::hang(&db), Sealer::new(&key.unwrap_or_default()));
        Ok(Self {
            db,
            clock,
            sealer,
            bell,
            readers,
            deserts: Deserts::default(),
            totals: Totals::default(),
            flights: Flights::default(),
            private_webhooks: false,
        })
    }

    /// The same state, in which webhooks may or may not reach addresses that are not public.
    #[must_use]
    pub fn private_webhooks(self, allowed: bool) -> Self {
        Self { private_webhooks: allowed, ..self }
    }
}
