//! Finished answers, given again for as long as nothing has changed.
//!
//! An answer is kept if its handler says that it follows from the registry, the UTC day, the path and the query alone
//! ([`super::replies::reusable`]). Only JSON is kept, and nothing that was made of the language or the address of who
//! asked (`Personal`). It is given to requests without a key, whose header fields are all well formed, and which are
//! answered with JSON wherever that is offered: that is decided by the same reading of `Accept` and `format` by which
//! handlers decide. So what is not in the key cannot be in the answer. It is valid for one turn of the log
//! ([`crate::db::head`]): a commit of this process ends the turn before the writer is answered, one of another process
//! within [`crate::db::head::BOUND`]. While the head of the log is not known, nothing is given.

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

/// Says of an answer that it may be kept.
pub struct Cacheable;

/// Says of a request that its answer was made of the caller's language or of the address that the caller used.
pub struct CallerSpecific;

impl CallerSpecific {
    /// Notes it.
    pub(super) fn mark(request: &HttpRequest) {
        request.extensions_mut().insert(Self);
    }
}

/// The MiB of answers that are kept unless told otherwise.
pub const DEFAULT_CACHE_MIB: u32 = 16;

/// Microseconds in a day.
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What an answer takes beside its body, about, in bytes.
const ENTRY_OVERHEAD_BYTES: usize = 2048;

/// Headers that belong to one answer only.
const PER_RESPONSE_HEADERS: [&str; 3] = ["x-request-id", "ratelimit", "ratelimit-policy"];

/// Answers that are kept, at most so many bytes of them. Clones are the same.
#[derive(Clone)]
pub struct ResponseCache {
    entries: Option<moka::sync::Cache<String, Arc<CachedResponse>>>,
    /// The largest answer that is kept, in bytes.
    max_entry_bytes: usize,
    log_head: LogHead,
    clock: Clock,
}

/// What of an answer is valid when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CacheValidity {
    generation: u64,
    day: i64,
}

/// A finished answer, 200.
pub(super) struct CachedResponse {
    validity: CacheValidity,
    /// The template of the path.
    pub(super) route: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    /// The same in the gzip coding, once it was asked for; none where that is not worth while.
    gzipped: OnceLock<Option<(HeaderMap, Bytes)>>,
}

/// A request that a kept answer may answer, or whose answer may be kept.
pub(super) struct CacheLookup {
    key: String,
    validity: CacheValidity,
    /// The newest change that was known of: what is kept must not be older.
    pub(super) latest_seq: i64,
    /// The answer, if one is kept and valid.
    pub(super) hit: Option<Arc<CachedResponse>>,
}

impl ResponseCache {
    /// Keeps at most so many MiB; 0 keeps nothing.
    #[must_use]
    pub fn new(mebibytes: u32, log_head: LogHead, clock: Clock) -> Self {
        let bytes = u64::from(mebibytes) << 20;
        let weigh = |key: &String, kept: &Arc<CachedResponse>| {
            let body = kept.body.len();
            // A third more for the other coding.
            u32::try_from(ENTRY_OVERHEAD_BYTES + key.len() + body + body / 3).unwrap_or(u32::MAX)
        };
        let kept = moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh);
        let max_entry_bytes = usize::try_from(bytes / 8).unwrap_or(usize::MAX);
        Self { entries: (bytes > 0).then(|| kept.build()), max_entry_bytes, log_head, clock }
    }

    /// How many answers are kept, and their bytes, about.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.entries.as_ref().map_or((0, 0), |kept| {
            kept.run_pending_tasks();
            (kept.entry_count(), kept.weighted_size())
        })
    }

    /// Looks for an answer to a request; none if it cannot be answered so, and its answer not be kept.
    pub(super) fn lookup(&self, request: &ServiceRequest) -> Option<CacheLookup> {
        let kept = self.entries.as_ref()?;
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
        let kept = kept.get(key.as_str()).filter(|kept| kept.validity == validity);
        Some(CacheLookup { key, validity, latest_seq: self.log_head.latest(), hit: kept })
    }

    /// Keeps a finished answer, if it may be kept.
    pub(super) fn store(
        &self,
        asked: CacheLookup,
        response: ServiceResponse<BoxBody>,
    ) -> (ServiceResponse<BoxBody>, Option<Arc<CachedResponse>>) {
        let may_be_kept = response.status() == StatusCode::OK
            && response.response().extensions().get::<Cacheable>().is_some()
            && !response.request().extensions().contains::<CallerSpecific>()
            && is_json(response.headers());
        let Some(kept) = self.entries.as_ref().filter(|_| may_be_kept) else { return (response, None) };
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
            kept.insert(asked.key, answer.clone());
            answer
        });
        (ServiceResponse::new(request, response.set_body(BoxBody::new(body))), answer)
    }
}

impl CachedResponse {
    /// Makes the other coding, if it is not there yet.
    pub(super) async fn compress(&self) {
        if self.gzipped.get().is_none() {
            let _ = self.gzipped.set(
                compression::gzip_body(&self.headers, &self.body, compression::MIN_COMPRESSIBLE_BYTES).await,
            );
        }
    }

    /// This answer, just made, in the other coding.
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

    /// The answer to a request, if enough of it is known: then also in the other coding, if that is asked for.
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

/// What an answer depends on, beside the registry and the day: path and query. None for a request that may be answered
/// with something else than JSON; `prefers_json` is what its `Accept` says.
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
