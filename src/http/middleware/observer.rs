//! Rate limit, concurrency limit, metrics and log line of one request.

use crate::auth::api_key;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::client_address::Caller;
use crate::http::concurrency_limiter::ConcurrencyPermit;
use crate::http::conditional::NotModified;
use crate::http::context::HttpContext;
use crate::http::rate_limit::RateDecision;
use crate::http::request_log::{self, RequestLogLine};
use crate::http::request_metrics::{self, CacheOutcome};
use crate::http::{bearer, trace_context};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::Data;
use std::net::IpAddr;
use std::time::Instant;

/// The observation of a request, from its arrival to its response.
pub struct RequestObserver {
    context: Data<HttpContext>,
    started_at: Instant,
    method: Method,
    rate_decision: Option<RateDecision>,
    /// The concurrency permit, or the refusal.
    permit: Option<Result<ConcurrencyPermit<IpAddr>>>,
    log_context: Option<RequestLogContext>,
}

/// What the log line needs of the request.
struct RequestLogContext {
    id: String,
    uri: Uri,
    caller: Caller,
    key: Option<String>,
    trace: Option<trace_context::TraceContext>,
}

/// Returns whether a path is a health check or the metrics: neither limited nor logged.
fn is_probe(path: &str) -> bool {
    path == request_metrics::METRICS_PATH || path.starts_with("/health/")
}

impl RequestObserver {
    /// Begins to observe a request; none where the application has no context.
    #[must_use]
    pub fn begin(request: &ServiceRequest, id: &str) -> Option<Self> {
        let context = request.app_data::<Data<HttpContext>>()?.clone();
        let (start, method) = (Instant::now(), request.method().clone());
        let (mut decision, mut permit, mut line) = (None, None, None);
        if !is_probe(request.path()) {
            let client = context.trusted_proxies.caller(request.request());
            let token = bearer::bearer_token(request.headers());
            decision = context.rate_limiter.count_request(&client, token, context.clock.now());
            permit = Some(context.concurrency.requests.acquire(client.network()));
            line = request_log::is_enabled().then(|| RequestLogContext {
                id: id.to_owned(),
                uri: request.uri().clone(),
                caller: client,
                key: token.and_then(plausible_key_id).map(str::to_owned),
                trace: trace_context::from_headers(request.headers()),
            });
        }
        Some(Self { context, started_at: start, method, rate_decision: decision, permit, log_context: line })
    }

    /// Returns whether graceful shutdown has begun, so that the response closes the connection.
    #[must_use]
    pub fn is_last_on_connection(&self) -> bool {
        self.context.shutdown.has_begun()
    }

    /// Returns the refusal by a limit, if any.
    #[must_use]
    pub fn find_refusal(&self) -> Option<Problem> {
        let none = self.permit.as_ref().and_then(|permit| permit.as_ref().err().cloned());
        self.rate_decision.as_ref().and_then(RateDecision::problem).or(none)
    }

    /// Ends with a response.
    pub fn finish<B: MessageBody>(self, response: &mut ServiceResponse<B>) {
        let refused = self.rate_decision.as_ref().is_some_and(|decision| !decision.is_allowed);
        let route = if refused { None } else { response.request().match_pattern() };
        let is_known = response.response().extensions().get::<NotModified>().is_some();
        let size = match response.response().body().size() {
            _ if is_known => Some(0),
            BodySize::None => Some(0),
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::Stream => None,
        };
        let status = if is_known { StatusCode::NOT_MODIFIED } else { response.status() };
        self.finish_with(route.as_deref(), status, size, None, response.headers_mut());
    }

    /// Ends with a response of this status, route template and size, from the cache or not.
    pub fn finish_with(
        mut self,
        route: Option<&str>,
        status: StatusCode,
        bytes: Option<u64>,
        cached: Option<CacheOutcome>,
        headers: &mut HeaderMap,
    ) {
        if let Some(outcome) = cached {
            self.context.request_metrics.count_cache_outcome(outcome);
        }
        if let Some(decision) = &mut self.rate_decision {
            if status == StatusCode::NOT_MODIFIED {
                self.context.rate_limiter.refund(decision, self.context.clock.now());
            }
            decision.write_headers(headers);
            if !decision.is_allowed {
                self.context.request_metrics.count_rate_limited();
            }
        }
        self.record(route, status, bytes, cached);
    }

    /// Ends with an error that actix-web answers itself.
    pub fn finish_with_failure(self, status: u16) {
        self.record(
            None,
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            None,
            None,
        );
    }

    fn record(
        &self,
        route: Option<&str>,
        status: StatusCode,
        bytes: Option<u64>,
        cached: Option<CacheOutcome>,
    ) {
        let duration = self.started_at.elapsed();
        self.context.request_metrics.observe_request(&self.method, route, status.as_u16(), duration);
        if let Some(line) = &self.log_context {
            let uri = line.uri.path_and_query().map_or("", |uri| uri.as_str());
            let access = RequestLogLine {
                method: self.method.as_str(),
                route: route.unwrap_or("none"),
                uri,
                status: status.as_u16(),
                bytes,
                duration,
                request_id: &line.id,
                trace: line.trace.as_ref(),
                client: line.caller.address,
                key: line.key.as_deref(),
                cache: cached.map(CacheOutcome::name),
            };
            access.log();
        }
    }
}

/// Returns the public part of a token, if it has the form of a key.
fn plausible_key_id(token: &str) -> Option<&str> {
    api_key::key_id(token).filter(|id| id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
