//! Finished answers, given again for as long as nothing has changed.
//!
//! An answer is kept if its handler says that it follows from the registry, the UTC day and the request alone
//! ([`super::replies::reusable`]), and if the request bears no key. It is valid for one turn of the log
//! ([`crate::db::head`]): a commit of this process ends the turn before the writer is answered, one of another process
//! within [`crate::db::head::BOUND`]. While the head of the log is not known, nothing is given.

use super::{client, coding, conditions};
use crate::clock::Clock;
use crate::db::head::Head;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use std::sync::{Arc, OnceLock};

/// Says of an answer that it may be kept.
pub(super) struct Reusable;

/// The MiB of answers that are kept unless told otherwise.
pub const MEBIBYTES: u32 = 16;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// What an answer takes beside its body, about, in bytes.
const OVERHEAD: usize = 2048;

/// Headers that belong to one answer only.
const OWN: [&str; 3] = ["x-request-id", "ratelimit", "ratelimit-policy"];

/// Answers that are kept, at most so many bytes of them. Clones are the same.
#[derive(Clone)]
pub struct Cache {
    kept: Option<moka::sync::Cache<String, Arc<Kept>>>,
    /// The largest answer that is kept, in bytes.
    largest: usize,
    head: Head,
    clock: Clock,
}

/// What of an answer is valid when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Validity {
    turn: u64,
    day: i64,
}

/// A finished answer: 200, or a 304 of which only the tag is known.
pub(super) struct Kept {
    validity: Validity,
    /// The template of the path.
    pub(super) route: Option<String>,
    headers: HeaderMap,
    body: Option<Bytes>,
    /// The same in the gzip coding, once it was asked for; none where that is not worth while.
    packed: OnceLock<Option<(HeaderMap, Bytes)>>,
}

/// A request that a kept answer may answer, or whose answer may be kept.
pub(super) struct Asked {
    key: String,
    validity: Validity,
    /// The newest change that was known of: what is kept must not be older.
    pub(super) newest: i64,
    /// The answer, if one is kept and valid.
    pub(super) kept: Option<Arc<Kept>>,
}

impl Cache {
    /// Keeps at most so many MiB; 0 keeps nothing.
    #[must_use]
    pub fn new(mebibytes: u32, head: Head, clock: Clock) -> Self {
        let bytes = u64::from(mebibytes) << 20;
        let weigh = |key: &String, kept: &Arc<Kept>| {
            let body = kept.body.as_ref().map_or(0, Bytes::len);
            // A third more for the other coding.
            u32::try_from(OVERHEAD + key.len() + body + body / 3).unwrap_or(u32::MAX)
        };
        let kept = moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh);
        let largest = usize::try_from(bytes / 8).unwrap_or(usize::MAX);
        Self { kept: (bytes > 0).then(|| kept.build()), largest, head, clock }
    }

    /// How many answers are kept, and their bytes, about.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.kept.as_ref().map_or((0, 0), |kept| {
            kept.run_pending_tasks();
            (kept.entry_count(), kept.weighted_size())
        })
    }

    /// Looks for an answer to a request; none if it cannot be answered so, and its answer not be kept.
    pub(super) fn look(&self, request: &ServiceRequest) -> Option<Asked> {
        let kept = self.kept.as_ref()?;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || request.headers().contains_key(header::AUTHORIZATION) {
            return None;
        }
        // Before anything is looked at: what is read later is of this turn, or newer.
        let validity = Validity { turn: self.head.turn()?, day: self.clock.now().div_euclid(DAY) };
        let key = key(request);
        let kept = kept.get(key.as_str()).filter(|kept| kept.validity == validity);
        Some(Asked { key, validity, newest: self.head.newest(), kept })
    }

    /// Keeps a finished answer, if it may be kept.
    pub(super) fn keep(
        &self,
        asked: Asked,
        response: ServiceResponse<BoxBody>,
    ) -> (ServiceResponse<BoxBody>, Option<Arc<Kept>>) {
        let status = response.status();
        let may_be_kept = matches!(status, StatusCode::OK | StatusCode::NOT_MODIFIED)
            && response.response().extensions().get::<Reusable>().is_some();
        let Some(kept) = self.kept.as_ref().filter(|_| may_be_kept) else { return (response, None) };
        let (request, response, body) = match coding::taken(response) {
            Ok(parts) => parts,
            Err(response) => return (response, None),
        };
        // What was written into a text that grew would keep all the room that it had taken.
        let body = Bytes::copy_from_slice(&body);
        let answer = (body.len() <= self.largest).then(|| {
            let mut headers = response.headers().clone();
            for name in OWN {
                headers.remove(name);
            }
            let answer = Arc::new(Kept {
                validity: asked.validity,
                route: request.match_pattern(),
                headers,
                body: (status == StatusCode::OK).then(|| body.clone()),
                packed: OnceLock::new(),
            });
            kept.insert(asked.key, answer.clone());
            answer
        });
        (ServiceResponse::new(request, response.set_body(BoxBody::new(body))), answer)
    }
}

impl Kept {
    /// Makes the other coding, if it is not there yet.
    pub(super) async fn pack(&self) {
        if let (Some(body), None) = (&self.body, self.packed.get()) {
            let _ = self.packed.set(coding::gzip(&self.headers, body).await);
        }
    }

    /// This answer, just made, in the other coding.
    pub(super) async fn packed(&self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        self.pack().await;
        let Some(Some((headers, body))) = self.packed.get() else { return response };
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
    pub(super) fn answer(&self, request: &HttpRequest, packs: bool) -> Option<HttpResponse> {
        let packed = if packs && self.body.is_some() { self.packed.get()?.as_ref() } else { None };
        let etag = self.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        let is_known = request.headers().contains_key(header::IF_NONE_MATCH)
            && etag.is_some_and(|etag| conditions::is_known(request, etag));
        let (headers, body) = match packed {
            Some((headers, body)) => (headers, Some(body)),
            None => (&self.headers, self.body.as_ref()),
        };
        let mut answer = if is_known {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            HttpResponse::with_body(StatusCode::OK, BoxBody::new(body?.clone()))
        };
        *answer.headers_mut() = headers.clone();
        if is_known {
            answer.headers_mut().remove(header::CONTENT_ENCODING);
        }
        Some(answer)
    }
}

/// What an answer depends on, beside the registry and the day.
fn key(request: &ServiceRequest) -> String {
    let field = |name| request.headers().get(name).map_or(&b""[..], header::HeaderValue::as_bytes);
    let (path, query, accept) = (request.uri().path(), request.query_string(), field(header::ACCEPT));
    let mut key = String::with_capacity(path.len() + query.len() + 64);
    key.push_str(path);
    key.push('?');
    ordered(query, &mut key);
    // CORS: whether a page asks.
    key.push(if request.headers().contains_key(header::ORIGIN) { '\n' } else { '\r' });
    // JSON below `/v1` tells neither the address of the service nor the language of the caller.
    let is_json = matches!(accept, b"" | b"*/*" | b"application/json") && !query.contains("format=");
    if !(is_json && path.starts_with("/v1/")) {
        key.push_str(&client::base(request.request()));
        key.push('\n');
        key.push_str(&String::from_utf8_lossy(accept));
        key.push('\n');
        key.push_str(&String::from_utf8_lossy(field(header::ACCEPT_LANGUAGE)));
    }
    key
}

/// A query with its parameters in the order of their names; the values of one name stay in theirs.
fn ordered(query: &str, out: &mut String) {
    if !query.contains('&') {
        out.push_str(query);
        return;
    }
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_by_key(|pair| pair.split('=').next().unwrap_or_default());
    for pair in pairs {
        out.push_str(pair);
        out.push('&');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn key_of(uri: &str, headers: &[(&'static str, &str)]) -> String {
        let request = TestRequest::with_uri(uri);
        let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
        key(&request.to_srv_request())
    }

    #[test]
    fn the_order_of_parameters_does_not_matter_that_of_their_values_does() {
        let plain = key_of("/v1/people?limit=2&q=a", &[]);
        assert_eq!(key_of("/v1/people?q=a&limit=2", &[]), plain);
        assert_ne!(key_of("/v1/people?q=b&limit=2", &[]), plain);
        assert_ne!(key_of("/v1/x?include=a&include=b", &[]), key_of("/v1/x?include=b&include=a", &[]));
    }

    #[test]
    fn a_path_never_looks_like_a_query() {
        assert_ne!(key_of("/v1/people%3Fq=a", &[]), key_of("/v1/people?q=a", &[]));
        assert_ne!(key_of("/v1/people%3Fq=a?", &[]), key_of("/v1/people?q=a?", &[]));
    }

    #[test]
    fn only_other_forms_depend_on_the_language_and_the_address() {
        let french = [("accept-language", "fr")];
        assert_eq!(key_of("/v1/people", &french), key_of("/v1/people", &[("accept", "application/json")]));
        assert_ne!(key_of("/v1/people?format=csv", &french), key_of("/v1/people?format=csv", &[]));
        let csv = ("accept", "text/csv");
        assert_ne!(key_of("/v1/people", &[csv]), key_of("/v1/people", &[csv, french[0]]));
        assert_ne!(key_of("/v1/people", &[csv]), key_of("/v1/people", &[csv, ("host", "elsewhere")]));
        assert_ne!(key_of("/", &[]), key_of("/", &[("host", "elsewhere")]));
    }
}
