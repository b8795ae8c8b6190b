//! Prometheus counters and durations of HTTP requests.
//!
//! Labels are route templates and a closed list of methods, so the number of series is bounded.

use actix_web::http::Method;
use prometheus::core::Collector;
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};
use std::sync::Arc;
use std::time::Duration;

/// The path of the metrics endpoint.
pub const METRICS_PATH: &str = "/metrics";

/// The upper bounds of the duration histogram, in seconds.
const DURATION_BUCKETS: [f64; 12] =
    [0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// The outcome of a request in the response cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheOutcome {
    /// Answered from the cache.
    Hit,
    /// Not cached yet; stored now.
    Miss,
    /// Not cacheable.
    Bypass,
}

impl CacheOutcome {
    /// Returns its label value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// The metrics of requests. Clones share them.
#[derive(Clone)]
pub struct RequestMetrics(Arc<RequestMetricsShared>);

struct RequestMetricsShared {
    registry: Registry,
    requests: HistogramVec,
    rate_limited: IntCounter,
    cache: [IntCounter; 3],
    /// Cached responses, and their bytes.
    cache_size: (IntGauge, IntGauge),
}

/// Registers a collector.
pub fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> prometheus::Result<C> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

impl RequestMetrics {
    /// Registers the metrics.
    ///
    /// # Errors
    /// When a name is malformed or registered already.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let durations = HistogramOpts::new(
            "kakehashi_http_request_duration_seconds",
            "Seconds until an answer began, by method, template of the path, and status.",
        );
        let requests =
            HistogramVec::new(durations.buckets(DURATION_BUCKETS.to_vec()), &["method", "route", "status"])?;
        let outcomes = Opts::new(
            "kakehashi_response_cache_requests_total",
            "Requests by what became of them in the cache of answers.",
        );
        let outcomes = register(&registry, IntCounterVec::new(outcomes, &["outcome"])?)?;
        let outcome = |cached: CacheOutcome| outcomes.with_label_values(&[cached.name()]);
        let gauge = |name, about| register(&registry, IntGauge::new(name, about)?);
        let build = Opts::new("kakehashi_build_info", "1; what was built is in the label.");
        let build = register(&registry, IntGaugeVec::new(build, &["version"])?)?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Self(Arc::new(RequestMetricsShared {
            requests: register(&registry, requests)?,
            rate_limited: register(
                &registry,
                IntCounter::new(
                    "kakehashi_rate_limited_requests_total",
                    "Requests refused by a rate limit (429).",
                )?,
            )?,
            cache: [CacheOutcome::Hit, CacheOutcome::Miss, CacheOutcome::Bypass].map(outcome),
            cache_size: (
                gauge("kakehashi_response_cache_entries", "Answers in the cache.")?,
                gauge("kakehashi_response_cache_bytes", "Bytes of the answers in the cache.")?,
            ),
            registry,
        })))
    }

    /// The registry of all metrics, for what else `/metrics` shows.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Counts a response. `route` is the route template; none where no route matched.
    pub fn observe_request(&self, method: &Method, route: Option<&str>, status: u16, duration: Duration) {
        let method = match *method {
            Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS => method.as_str(),
            _ => "other",
        };
        let digits = [status / 100, status / 10 % 10, status % 10].map(|digit| b'0' + (digit % 10) as u8);
        let status = std::str::from_utf8(&digits).unwrap_or("000");
        self.0
            .requests
            .with_label_values(&[method, route.unwrap_or("none"), status])
            .observe(duration.as_secs_f64());
    }

    /// Counts a request refused by the rate limit.
    pub fn count_rate_limited(&self) {
        self.0.rate_limited.inc();
    }

    /// Counts the outcome of a request in the response cache.
    pub fn count_cache_outcome(&self, outcome: CacheOutcome) {
        let [hit, miss, bypass] = &self.0.cache;
        match outcome {
            CacheOutcome::Hit => hit.inc(),
            CacheOutcome::Miss => miss.inc(),
            CacheOutcome::Bypass => bypass.inc(),
        }
    }

    /// Sets the size of the response cache.
    pub fn set_cache_size(&self, entries: u64, bytes: u64) {
        self.0.cache_size.0.set(i64::try_from(entries).unwrap_or(i64::MAX));
        self.0.cache_size.1.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::TextEncoder;

    #[test]
    fn what_nobody_knows_has_one_series() {
        let metrics = RequestMetrics::new().unwrap();
        for name in ["BREW", "WHEN", "GET"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            metrics.observe_request(&method, None, 404, Duration::from_millis(3));
        }
        let text = TextEncoder::new().encode_to_string(&metrics.0.registry.gather()).unwrap();
        let name = "kakehashi_http_request_duration_seconds";
        let other = format!("{name}_count{{method=\"other\",route=\"none\",status=\"404\"}} 2");
        assert!(text.contains(&other), "{text}");
        let bucket = format!("{name}_bucket{{method=\"GET\",route=\"none\",status=\"404\",le=\"0.0025\"}} 0");
        assert!(text.contains(&bucket), "{text}");
    }
}
