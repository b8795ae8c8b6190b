//! Builds the state of a server from its settings.

use super::metrics::gauges::Gauges;
use super::settings::{OperationSettings, ServerSettings};
use crate::api::state::{ApiOptions, AppState};
use crate::db::database::Db;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::body_memory::BodyMemory;
use crate::http::client_address::TrustedProxies;
use crate::http::concurrency_limits::{ConcurrencyLimits, MaxConcurrency};
use crate::http::context::{HttpContext, HttpOptions};
use crate::http::rate_limit::RateLimiter;
use crate::util::clock::Clock;
use actix_web::web::Data;
use std::sync::Mutex;

/// What the workers of a server share.
#[derive(Clone)]
pub struct ServerState {
    /// The state of all endpoints.
    pub app: AppState,
    /// The gauges of `/metrics`; registered once per process.
    pub(super) gauges: Data<Mutex<Gauges>>,
}

impl ServerState {
    /// The state over a database.
    ///
    /// # Errors
    /// 500 when the database has no key for cursors, or the metrics cannot be registered.
    pub async fn new(db: Db, clock: Clock, settings: &ServerSettings) -> Result<Self> {
        let http = HttpContext::new(db, clock, http_options(settings.cache_size, &settings.operations))?;
        let options = ApiOptions {
            allows_private_webhooks: settings.webhooks_allow_private,
            has_metrics_listener: settings.operations.metrics_listen.is_some(),
        };
        let app = AppState::new(http, options).await?;
        let gauges = Gauges::new(app.http.request_metrics.registry()).map_err(|error| {
            log::error!("nothing can be measured: {error}");
            Problem::new(ErrorCode::Internal)
        })?;
        Ok(Self { app, gauges: Data::new(Mutex::new(gauges)) })
    }
}

fn http_options(cache_mebibytes: u32, settings: &OperationSettings) -> HttpOptions {
    let capacities = &settings.capacities;
    HttpOptions {
        cache_mebibytes,
        rate_limiter: RateLimiter::new(settings.rate_limit, settings.rate_limit_key),
        concurrency: ConcurrencyLimits::new(MaxConcurrency {
            connections_per_address: capacities.connections_per_address,
            requests_per_address: capacities.requests_per_address,
            streams_per_address: capacities.streams_per_address,
            imports_per_key: capacities.imports_per_key,
            imports: capacities.imports,
        }),
        body_memory: BodyMemory::new(settings.body_memory, settings.body_memory_address),
        trusted_proxies: TrustedProxies::new(&settings.trusted_proxies),
        public_urls: settings.public_urls.clone().into(),
    }
}
