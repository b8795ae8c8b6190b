//! What is done around every request, whoever answers it: it is counted against a limit, measured, and logged.

use super::access_log::{self, Access};
use super::client::Client;
use super::conditions::NotModified;
use super::limits::Verdict;
use super::metrics::{self, Cached};
use super::places::Place;
use super::{State, auth, trace};
use crate::access::keys;
use crate::error::{Problem, Result};
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::Data;
use std::net::IpAddr;
use std::time::Instant;

/// A request that is being answered.
pub struct Watch {
    state: Data<State>,
    start: Instant,
    method: Method,
    verdict: Option<Verdict>,
    /// Its place among the requests of its caller, or why there is none.
    place: Option<Result<Place<IpAddr>>>,
    line: Option<Line>,
}

/// What the log will tell of the request.
struct Line {
    id: String,
    uri: Uri,
    client: Client,
    key: Option<String>,
    trace: Option<trace::Trace>,
}

/// What those ask for who look whether the server is well: it is neither limited nor logged.
fn is_quiet(path: &str) -> bool {
    path == metrics::PATH || path.starts_with("/health/")
}

impl Watch {
    /// Begins to watch a request, which is called `id`; nothing where the application has no state.
    #[must_use]
    pub fn begin(request: &ServiceRequest, id: &str) -> Option<Self> {
        let state = request.app_data::<Data<State>>()?.clone();
        let (start, method) = (Instant::now(), request.method().clone());
        let (mut verdict, mut place, mut line) = (None, None, None);
        if !is_quiet(request.path()) {
            let client = state.proxies.client(request.request());
            let token = auth::token(request.headers());
            verdict = state.limits.admit(&client, token, state.clock.now());
            place = Some(state.capacity.requests.take(client.network()));
            line = access_log::is_on().then(|| Line {
                id: id.to_owned(),
                uri: request.uri().clone(),
                client,
                key: token.and_then(public).map(str::to_owned),
                trace: trace::of(request.headers()),
            });
        }
        Some(Self { state, start, method, verdict, place, line })
    }

    /// Whether the server is about to end, so that the answer is the last of its connection.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.state.drain.has_begun()
    }

    /// Why the request is refused at once, if it is.
    #[must_use]
    pub fn refusal(&self) -> Option<Problem> {
        let none = self.place.as_ref().and_then(|place| place.as_ref().err().cloned());
        self.verdict.as_ref().and_then(Verdict::problem).or(none)
    }

    /// Ends with an answer.
    pub fn end<B: MessageBody>(self, response: &mut ServiceResponse<B>) {
        let refused = self.verdict.as_ref().is_some_and(|verdict| !verdict.is_admitted);
        let route = if refused { None } else { response.request().match_pattern() };
        let is_known = response.response().extensions().get::<NotModified>().is_some();
        let size = match response.response().body().size() {
            _ if is_known => Some(0),
            BodySize::None => Some(0),
            BodySize::Sized(bytes) => Some(bytes),
            BodySize::Stream => None,
        };
        let status = if is_known { StatusCode::NOT_MODIFIED } else { response.status() };
        self.answered(route.as_deref(), status, size, None, response.headers_mut());
    }

    /// Ends with an answer of this status, by a route of this template, of so many bytes, from the cache or not.
    pub fn answered(
        mut self,
        route: Option<&str>,
        status: StatusCode,
        bytes: Option<u64>,
        cached: Option<Cached>,
        headers: &mut HeaderMap,
    ) {
        if let Some(outcome) = cached {
            self.state.metrics.cached(outcome);
        }
        if let Some(verdict) = &mut self.verdict {
            if status == StatusCode::NOT_MODIFIED {
                self.state.limits.give_back(verdict, self.state.clock.now());
            }
            verdict.tell(headers);
            if !verdict.is_admitted {
                self.state.metrics.limited();
            }
        }
        self.note(route, status, bytes, cached);
    }

    /// Ends without an answer of ours: the server makes one of this status.
    pub fn failed(self, status: u16) {
        self.note(
            None,
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            None,
            None,
        );
    }

    fn note(&self, route: Option<&str>, status: StatusCode, bytes: Option<u64>, cached: Option<Cached>) {
        let duration = self.start.elapsed();
        self.state.metrics.observe(&self.method, route, status.as_u16(), duration);
        if let Some(line) = &self.line {
            let uri = line.uri.path_and_query().map_or("", |uri| uri.as_str());
            let access = Access {
                method: self.method.as_str(),
                route: route.unwrap_or("none"),
                uri,
                status: status.as_u16(),
                bytes,
                duration,
                request: &line.id,
                trace: line.trace.as_ref(),
                client: line.client.address,
                key: line.key.as_deref(),
                cache: cached.map(Cached::name),
            };
            access.log();
        }
    }
}

/// The public part of a key, if it can be one.
fn public(token: &str) -> Option<&str> {
    keys::id_of(token).filter(|id| id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
