//! What every handler can reach.

use super::total_counts::TotalCounts;
use crate::auth::key_cache::KeyCache;
use crate::change_feed::empty_ranges::EmptyRanges;
use crate::change_feed::notifier::ChangeNotifier;
use crate::change_feed::reader_positions::ReaderPositions;
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::settings;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::base_url::PublicUrl;
use crate::http::body_memory::BodyMemory;
use crate::http::client_address::TrustedProxies;
use crate::http::concurrency_limits::ConcurrencyLimits;
use crate::http::in_flight::InFlightRequests;
use crate::http::rate_limit::RateLimiter;
use crate::http::request_metrics::RequestMetrics;
use crate::http::response_cache::{DEFAULT_CACHE_MIB, ResponseCache};
use crate::http::shutdown::ShutdownState;
use crate::kinds::stored_content::VerifiedRows;
use crate::server::settings::OperationSettings;
use crate::util::clock::Clock;
use crate::util::cursor::CursorSigner;
use actix_web::HttpRequest;
use std::sync::Arc;

/// The database, the time, and what seals cursors.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What seals the cursors.
    pub cursor_signer: CursorSigner,
    /// What rings when the log grows.
    pub notifier: ChangeNotifier,
    /// How far keys have read the feed.
    pub reader_positions: ReaderPositions,
    /// Stretches of the log in which some readers find nothing.
    pub empty_ranges: EmptyRanges,
    /// Records that were found to be sound.
    pub verified_rows: VerifiedRows,
    /// How many items lists have.
    pub total_counts: TotalCounts,
    /// The requests that are being answered.
    pub in_flight: InFlightRequests,
    /// Answers that are given again.
    pub response_cache: ResponseCache,
    /// Whether webhooks may reach addresses that are not public.
    pub allows_private_webhooks: bool,
    /// What is measured.
    pub request_metrics: RequestMetrics,
    /// Whether what is measured is told at another address.
    pub has_metrics_listener: bool,
    /// How much callers may ask for.
    pub rate_limiter: RateLimiter,
    /// How much callers may do at a time.
    pub concurrency: ConcurrencyLimits,
    /// Keys that were in force a moment ago.
    pub key_cache: KeyCache,
    /// The memory for bodies.
    pub body_memory: BodyMemory,
    /// The proxies that are trusted.
    pub trusted_proxies: TrustedProxies,
    /// The addresses by which the registry is known; none where it is what callers say.
    pub public_urls: Arc<[PublicUrl]>,
    /// Whether the server is about to end.
    pub shutdown: ShutdownState,
}

impl AppState {
    /// The state over a database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(db: Db, clock: Clock) -> Result<Self> {
        let key = db.primary().read(|tx| Ok(settings::read_setting(tx, "cursor_key")?)).await?;
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            log::error!("the database has no `cursor_key` among its settings: nothing can be sealed");
            Problem::new(ErrorCode::Internal)
        })?;
        let readers = ReaderPositions::start(&db);
        let (bell, sealer) = (ChangeNotifier::start(&db), CursorSigner::new(&key));
        let cache = ResponseCache::new(DEFAULT_CACHE_MIB, db.log_head().clone(), clock.clone());
        Ok(Self {
            response_cache: cache,
            db,
            clock,
            cursor_signer: sealer,
            notifier: bell,
            reader_positions: readers,
            empty_ranges: EmptyRanges::default(),
            verified_rows: VerifiedRows::default(),
            total_counts: TotalCounts::default(),
            in_flight: InFlightRequests::default(),
            allows_private_webhooks: false,
            request_metrics: RequestMetrics::new().map_err(|error| {
                log::error!("nothing can be measured: {error}");
                Problem::new(ErrorCode::Internal)
            })?,
            has_metrics_listener: false,
            rate_limiter: RateLimiter::default(),
            concurrency: ConcurrencyLimits::default(),
            key_cache: KeyCache::default(),
            body_memory: BodyMemory::default(),
            trusted_proxies: TrustedProxies::default(),
            public_urls: Arc::default(),
            shutdown: ShutdownState::default(),
        })
    }

    /// The same state, which keeps at most so many MiB of answers.
    #[must_use]
    pub fn with_cache_size(mut self, mebibytes: u32) -> Self {
        self.response_cache = ResponseCache::new(mebibytes, self.db.log_head().clone(), self.clock.clone());
        self
    }

    /// The same state, operated like this.
    #[must_use]
    pub fn with_settings(self, settings: &OperationSettings) -> Self {
        let limits = RateLimiter::new(settings.rate_limit, settings.rate_limit_key);
        let proxies = TrustedProxies::new(&settings.trusted_proxies);
        let capacity = ConcurrencyLimits::new(&settings.capacities);
        let bodies = BodyMemory::new(settings.body_memory, settings.body_memory_address);
        let public_urls = settings.public_urls.clone().into();
        let metrics_apart = settings.metrics_listen.is_some();
        Self {
            has_metrics_listener: metrics_apart,
            rate_limiter: limits,
            concurrency: capacity,
            body_memory: bodies,
            trusted_proxies: proxies,
            public_urls,
            ..self
        }
    }

    /// Reads the answer of a question over the whole registry, as soon as it is its caller's turn.
    ///
    /// # Errors
    /// 429 when the caller has too many such questions; 503 when all callers have, when the turn does not come in time,
    /// or as [`Db::read`].
    pub async fn read_slow<T, F>(&self, request: &HttpRequest, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        let turn = self.concurrency.slow.acquire(self.trusted_proxies.caller_network(request)).await?;
        self.db.read_slow(turn, read).await
    }

    /// The same state, in which webhooks may or may not reach addresses that are not public.
    #[must_use]
    pub fn with_private_webhooks(self, allowed: bool) -> Self {
        Self { allows_private_webhooks: allowed, ..self }
    }
}
