//! What middleware and extractors reach, as `app_data`: database, clock, response cache, limits, proxies, counters.

use super::body_memory::BodyMemory;
use super::client_address::TrustedProxies;
use super::concurrency_limits::ConcurrencyLimits;
use super::in_flight::InFlightRequests;
use super::public_url::PublicUrl;
use super::rate_limit::RateLimiter;
use super::request_metrics::RequestMetrics;
use super::response_cache::ResponseCache;
use super::shutdown::ShutdownState;
use crate::auth::credentials::KeyObserver;
use crate::auth::key_cache::KeyCache;
use crate::db::database::Db;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::util::clock::Clock;
use std::sync::Arc;

/// What an operator decides about HTTP.
pub struct HttpOptions {
    /// The most memory that cached responses take, in MiB; 0 for none.
    pub cache_mebibytes: u32,
    /// Requests per time, by API key or client address.
    pub rate_limiter: RateLimiter,
    /// Concurrent uses per client address or key.
    pub concurrency: ConcurrencyLimits,
    /// The memory of request bodies.
    pub body_memory: BodyMemory,
    /// The proxies whose `Forwarded` header fields are believed.
    pub trusted_proxies: TrustedProxies,
    /// The addresses by which the registry is known; empty where it is the one of each request.
    pub public_urls: Arc<[PublicUrl]>,
}

/// What middleware and extractors reach. Clones share it.
#[derive(Clone)]
pub struct HttpContext {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Finished responses, valid until the next commit.
    pub response_cache: ResponseCache,
    /// Counters and durations of requests.
    pub request_metrics: RequestMetrics,
    /// Requests per time, by API key or client address.
    pub rate_limiter: RateLimiter,
    /// Tells the rate limiter which tokens are keys in force.
    pub key_observer: KeyObserver,
    /// Concurrent uses per client address or key.
    pub concurrency: ConcurrencyLimits,
    /// Keys verified within the last second.
    pub key_cache: KeyCache,
    /// The memory of request bodies.
    pub body_memory: BodyMemory,
    /// The proxies whose `Forwarded` header fields are believed.
    pub trusted_proxies: TrustedProxies,
    /// The addresses by which the registry is known; empty where it is the one of each request.
    pub public_urls: Arc<[PublicUrl]>,
    /// Whether graceful shutdown has begun.
    pub shutdown: ShutdownState,
    /// The idempotency keys of requests being answered.
    pub in_flight: InFlightRequests,
}

impl HttpContext {
    /// The context over a database.
    ///
    /// # Errors
    /// 500 when the metrics cannot be registered.
    pub fn new(db: Db, clock: Clock, options: HttpOptions) -> Result<Self> {
        let HttpOptions {
            cache_mebibytes,
            rate_limiter,
            concurrency,
            body_memory,
            trusted_proxies,
            public_urls,
        } = options;
        let request_metrics = RequestMetrics::new().map_err(|error| {
            log::error!("nothing can be measured: {error}");
            Problem::new(ErrorCode::Internal)
        })?;
        let limiter = rate_limiter.clone();
        let key_observer: KeyObserver = Arc::new(move |token, key_id| match key_id {
            Some(key_id) => limiter.learn_key(token, key_id),
            None => limiter.forget_key(token),
        });
        Ok(Self {
            response_cache: ResponseCache::new(cache_mebibytes, db.log_head().clone(), clock.clone()),
            db,
            clock,
            request_metrics,
            rate_limiter,
            key_observer,
            concurrency,
            key_cache: KeyCache::default(),
            body_memory,
            trusted_proxies,
            public_urls,
            shutdown: ShutdownState::default(),
            in_flight: InFlightRequests::default(),
        })
    }
}
