//! In-memory cache of finished 200 JSON responses, valid until the next commit or UTC midnight.
//!
//! A response is cached if its handler marks it as determined by the registry, the UTC day, the path and
//! the query alone ([`mark_cacheable`](super::responses::mark_cacheable)), and nothing marked the request
//! as [`CallerSpecific`]. It is served to requests without an API key whose header fields are well formed
//! and that would get JSON; the same reading of `Accept` and `format` decides that for handlers, so a
//! response cannot depend on anything outside of the cache key.
//!
//! An entry belongs to one generation of the log head: a commit of this process ends the generation before
//! the writer is answered, a commit of another process within
//! [`VISIBILITY_DELAY`](crate::db::log_head::VISIBILITY_DELAY). While the log head is unknown, nothing is
//! served.

use super::{compression, conditional, negotiation, query_params};
use crate::db::log_head::LogHead;
use crate::util::clock::Clock;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use std::sync::{Arc, OnceLock};

/// Marks a response as cacheable.
pub struct Cacheable;

/// Marks a request whose response depends on the caller's language or on the address it used.
pub struct CallerSpecific;

impl CallerSpecific {
    /// Marks the request.
    pub(super) fn mark(request: &HttpRequest) {
        request.extensions_mut().insert(Self);
    }
}

/// The default size of the cache, in MiB.
pub const DEFAULT_CACHE_MIB: u32 = 16;

/// Microseconds in a day.
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The estimated memory of an entry beside its body, in bytes.
const ENTRY_OVERHEAD_BYTES: usize = 2048;

/// Header fields that belong to one response only.
const PER_RESPONSE_HEADERS: [&str; 3] = ["x-request-id", "ratelimit", "ratelimit-policy"];

/// Cached responses, bounded by their bytes. Clones share them.
#[derive(Clone)]
pub struct ResponseCache {
    entries: Option<moka::sync::Cache<String, Arc<CachedResponse>>>,
    /// The size above which a response is not cached, in bytes.
    max_entry_bytes: usize,
    log_head: LogHead,
    clock: Clock,
}

/// Until when an entry is valid: the cache generation and the UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CacheValidity {
    generation: u64,
    day: i64,
}

/// A cached 200 response.
pub(super) struct CachedResponse {
    validity: CacheValidity,
    /// The route template.
    pub(super) route: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    /// The gzip variant, once asked for; none where compression saves nothing.
    gzipped: OnceLock<Option<(HeaderMap, Bytes)>>,
}

/// The lookup of a request whose response may be cached.
pub(super) struct CacheLookup {
    key: String,
    validity: CacheValidity,
    /// The newest change known at the lookup: a response made from an older one is not cached.
    pub(super) latest_seq: i64,
    /// The cached response, if there is a valid one.
    pub(super) hit: Option<Arc<CachedResponse>>,
}

impl ResponseCache {
    /// Creates a cache of at most `mebibytes` MiB; 0 disables it.
    #[must_use]
    pub fn new(mebibytes: u32, log_head: LogHead, clock: Clock) -> Self {
        let bytes = u64::from(mebibytes) << 20;
        let weigh = |key: &String, cached: &Arc<CachedResponse>| {
            let body = cached.body.len();
            // A third more for the other coding.
            u32::try_from(ENTRY_OVERHEAD_BYTES + key.len() + body + body / 3).unwrap_or(u32::MAX)
        };
        let cached = moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh);
        let max_entry_bytes = usize::try_from(bytes / 8).unwrap_or(usize::MAX);
        Self { entries: (bytes > 0).then(|| cached.build()), max_entry_bytes, log_head, clock }
    }

    /// Returns the number of cached responses and their estimated bytes.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.entries.as_ref().map_or((0, 0), |cached| {
            cached.run_pending_tasks();
            (cached.entry_count(), cached.weighted_size())
        })
    }

    /// Looks up a request; none where its response cannot be cached.
    pub(super) fn lookup(&self, request: &ServiceRequest) -> Option<CacheLookup> {
        let cached = self.entries.as_ref()?;
        let (headers, query) = (request.headers(), request.query_string());
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let decides = |name| headers.contains_key(name);
        if !is_read || decides(header::AUTHORIZATION) || decides(header::IF_MATCH) {
            return None;
        }
        let key = cache_key(request.path(), query, negotiation::prefers_json(headers))?;
        // Before anything is looked at: what is read later is of this turn, or newer.
        let validity = CacheValidity {
            generation: self.log_head.generation()?,
            day: self.clock.now().div_euclid(MICROS_PER_DAY),
        };
        let cached = cached.get(key.as_str()).filter(|cached| cached.validity == validity);
        Some(CacheLookup { key, validity, latest_seq: self.log_head.latest(), hit: cached })
    }

    /// Stores a finished response, if it may be cached.
    pub(super) fn store(
        &self,
        asked: CacheLookup,
        response: ServiceResponse<BoxBody>,
    ) -> (ServiceResponse<BoxBody>, Option<Arc<CachedResponse>>) {
        let may_be_kept = response.status() == StatusCode::OK
            && response.response().extensions().get::<Cacheable>().is_some()
            && !response.request().extensions().contains::<CallerSpecific>()
            && is_json(response.headers());
        let Some(cached) = self.entries.as_ref().filter(|_| may_be_kept) else { return (response, None) };
        let (request, response, body) = match compression::take_body(response) {
            Ok(parts) => parts,
            Err(response) => return (response, None),
        };
        // What was written into a text that grew would keep all the room that it had taken.
        let body = Bytes::copy_from_slice(&body);
        let answer = (body.len() <= self.max_entry_bytes).then(|| {
            let mut headers = response.headers().clone();
            for name in PER_RESPONSE_HEADERS {
                headers.remove(name);
            }
            let answer = Arc::new(CachedResponse {
                validity: asked.validity,
                route: request.match_pattern(),
                headers,
                body: body.clone(),
                gzipped: OnceLock::new(),
            });
            cached.insert(asked.key, answer.clone());
            answer
        });
        (ServiceResponse::new(request, response.set_body(BoxBody::new(body))), answer)
    }
}

impl CachedResponse {
    /// Creates the gzip variant, if it does not exist yet.
    pub(super) async fn compress(&self) {
        if self.gzipped.get().is_none() {
            let _ = self.gzipped.set(
                compression::gzip_body(&self.headers, &self.body, compression::MIN_COMPRESSIBLE_BYTES).await,
            );
        }
    }

    /// Returns the response just made in its gzip variant.
    pub(super) async fn to_gzip_response(
        &self,
        response: ServiceResponse<BoxBody>,
    ) -> ServiceResponse<BoxBody> {
        self.compress().await;
        let Some(Some((headers, body))) = self.gzipped.get() else { return response };
        let (request, response) = response.into_parts();
        let mut response = response.set_body(BoxBody::new(body.clone()));
        for name in [header::CONTENT_ENCODING, header::ETAG] {
            if let Some(value) = headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        ServiceResponse::new(request, response)
    }

    /// Returns the response to a request, if the variant it needs exists.
    pub(super) fn to_response(&self, request: &HttpRequest, accepts_gzip: bool) -> Option<HttpResponse> {
        let packed = if accepts_gzip { self.gzipped.get()?.as_ref() } else { None };
        let (headers, body) = packed.map_or((&self.headers, &self.body), |(headers, body)| (headers, body));
        let etag = headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let is_known = request.headers().contains_key(header::IF_NONE_MATCH)
            && etag.is_some_and(|etag| conditional::is_not_modified(request, etag));
        let mut answer = HttpResponse::with_body(StatusCode::OK, BoxBody::new(body.clone()));
        *answer.headers_mut() = headers.clone();
        Some(if is_known { compression::to_not_modified(answer) } else { answer })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|media| media == "application/json")
}

/// Returns the cache key: path and query. None for a request that may be answered in another format than
/// JSON; `prefers_json` is the result for its `Accept`.
fn cache_key(path: &str, query: &str, prefers_json: bool) -> Option<String> {
    let mut key = String::with_capacity(path.len() + query.len() + 16);
    key.push_str(path);
    key.push('?');
    let mut asked = None;
    if query.contains(['%', '+']) {
        let pairs: Result<Vec<_>, _> = query_params::decode_pairs(query).collect();
        let mut pairs = pairs.ok()?;
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        let format = pairs.iter().find(|(name, value)| name == "format" && !value.is_empty());
        asked = format.map(|(_, value)| value.to_string());
        key.push_str(&form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
    } else if !query.is_empty() {
        // Nothing is encoded: what stands there is what is meant.
        let name = |pair: &&str| pair.split_once('=').map_or(*pair, |(name, _)| name).to_owned();
        let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        if pairs.len() > 1 {
            pairs.sort_by_key(name);
        }
        let format = pairs.iter().filter_map(|pair| pair.strip_prefix("format="));
        asked = format.filter(|format| !format.is_empty()).map(str::to_owned).next();
        for (index, pair) in pairs.iter().enumerate() {
            key.push_str(if index == 0 { "" } else { "&" });
            key.push_str(pair);
        }
    }
    // A repeated parameter is refused.
    asked.map_or(prefers_json, |format| format == "json").then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(query: &str) -> String {
        cache_key("/v1/people", query, true).unwrap()
    }

    #[test]
    fn the_order_of_parameters_does_not_matter_that_of_their_values_does() {
        assert_eq!(key_of("q=a&limit=2"), key_of("limit=2&q=a"));
        assert_ne!(key_of("q=b&limit=2"), key_of("limit=2&q=a"));
        assert_ne!(key_of("include=a&include=b"), key_of("include=b&include=a"));
    }

    #[test]
    fn encoded_parameters_are_those_that_they_encode() {
        assert_eq!(key_of("%71=a"), key_of("q=a"));
        assert_ne!(key_of("q=a%26limit=2"), key_of("q=a&limit=2"));
        assert_ne!(key_of("q=a%2Bb"), key_of("q=a+b"));
        assert_eq!(cache_key("/v1/people", "q=%ff", true), None);
        assert_ne!(cache_key("/v1/people%3Fq=a", "", true), cache_key("/v1/people", "q=a", true));
    }

    #[test]
    fn only_what_is_answered_with_json_has_a_key() {
        for query in
            ["format=atom", "%66ormat=atom", "q=a&f%6Frmat=csv", "format=%63sv", "format=csv&format=json"]
        {
            assert_eq!(cache_key("/v1/people", query, true), None, "{query}");
        }
        for query in ["format=json", "%66ormat=json"] {
            assert!(cache_key("/v1/people", query, false).is_some(), "{query}");
        }
        for query in ["", "format=", "formats=json", "q=format=json"] {
            assert_eq!(cache_key("/v1/people", query, false), None, "{query}");
        }
        assert!(cache_key("/v1/people", "format=", true).is_some());
    }
}
