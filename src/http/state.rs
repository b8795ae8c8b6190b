//! What every handler can reach.

use super::authority::PublicUrl;
use super::body_memory::BodyMemory;
use super::cache::{Cache, MEBIBYTES};
use super::capacity::Capacity;
use super::client::Proxies;
use super::cursor::Sealer;
use super::drain::Drain;
use super::limits::Limits;
use super::metrics::Metrics;
use super::totals::Totals;
use crate::access::answers::Flights;
use crate::access::cache::KeyCache;
use crate::clock::Clock;
use crate::config::Operations;
use crate::db::{self, Conn, Db, Outcome};
use crate::error::{Code, Problem, Result};
use crate::feed::bell::Bell;
use crate::feed::changes::Deserts;
use crate::feed::readers::Readers;
use crate::registry::content::Sound;
use actix_web::HttpRequest;
use std::sync::Arc;

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
    /// Records that were found to be sound.
    pub sound: Sound,
    /// How many items lists have.
    pub totals: Totals,
    /// The requests that are being answered.
    pub flights: Flights,
    /// Answers that are given again.
    pub cache: Cache,
    /// Whether webhooks may reach addresses that are not public.
    pub private_webhooks: bool,
    /// What is measured.
    pub metrics: Metrics,
    /// Whether what is measured is told at another address.
    pub metrics_apart: bool,
    /// How much callers may ask for.
    pub limits: Limits,
    /// How much callers may do at a time.
    pub capacity: Capacity,
    /// Keys that were in force a moment ago.
    pub keys: KeyCache,
    /// The memory for bodies.
    pub bodies: BodyMemory,
    /// The proxies that are trusted.
    pub proxies: Proxies,
    /// The addresses by which the registry is known; none where it is what callers say.
    pub public_urls: Arc<[PublicUrl]>,
    /// Whether the server is about to end.
    pub drain: Drain,
}

impl State {
    /// The state over a database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(db: Db, clock: Clock) -> Result<Self> {
        let key = db.primary().read(|tx| Ok(db::setting(tx, "cursor_key")?)).await?;
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            log::error!("the database has no `cursor_key` among its settings: nothing can be sealed");
            Problem::new(Code::Internal)
        })?;
        let readers = Readers::of(&db);
        let (bell, sealer) = (Bell::hang(&db), Sealer::new(&key));
        let cache = Cache::new(MEBIBYTES, db.head().clone(), clock.clone());
        Ok(Self {
            cache,
            db,
            clock,
            sealer,
            bell,
            readers,
            deserts: Deserts::default(),
            sound: Sound::default(),
            totals: Totals::default(),
            flights: Flights::default(),
            private_webhooks: false,
            metrics: Metrics::new().map_err(|error| {
                log::error!("nothing can be measured: {error}");
                Problem::new(Code::Internal)
            })?,
            metrics_apart: false,
            limits: Limits::default(),
            capacity: Capacity::default(),
            keys: KeyCache::default(),
            bodies: BodyMemory::default(),
            proxies: Proxies::default(),
            public_urls: Arc::default(),
            drain: Drain::default(),
        })
    }

    /// The same state, which keeps at most so many MiB of answers.
    #[must_use]
    pub fn keeping(mut self, mebibytes: u32) -> Self {
        self.cache = Cache::new(mebibytes, self.db.head().clone(), self.clock.clone());
        self
    }

    /// The same state, operated like this.
    #[must_use]
    pub fn operated(self, settings: &Operations) -> Self {
        let limits = Limits::new(settings.rate_limit, settings.rate_limit_key);
        let proxies = Proxies::new(&settings.trusted_proxies);
        let capacity = Capacity::new(&settings.capacities);
        let bodies = BodyMemory::new(settings.body_memory, settings.body_memory_address);
        let public_urls = settings.public_urls.clone().into();
        let metrics_apart = settings.metrics_listen.is_some();
        Self { metrics_apart, limits, capacity, bodies, proxies, public_urls, ..self }
    }

    /// Reads the answer of a question over the whole registry, as soon as it is its caller's turn.
    ///
    /// # Errors
    /// 429 when the caller has too many such questions; 503 when all callers have, when the turn does not come in time,
    /// or as [`Db::read`].
    pub async fn read_slow<T, F>(&self, request: &HttpRequest, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Outcome<T> + Clone + Send + 'static,
    {
        let turn = self.capacity.slow.wait(self.proxies.caller(request)).await?;
        self.db.read_slow(turn, read).await
    }

    /// The same state, in which webhooks may or may not reach addresses that are not public.
    #[must_use]
    pub fn private_webhooks(self, allowed: bool) -> Self {
        Self { private_webhooks: allowed, ..self }
    }
}
