//! Rate limiter (GCRA) per API key or client address, with the `RateLimit` headers.
//!
//! A bucket is one number: the time at which its whole quota is restored. Each request moves it on by one
//! request's share of the window; a request that would move it beyond the window is refused. A key has its
//! own bucket once this process has seen it in force; until then, and with a wrong secret, the request
//! counts for the client address. So nobody can use up the quota of somebody else's key, or evade the limit
//! with keys that do not exist.

use super::client_address::{Caller, network_of};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The header fields `RateLimit-Policy` and `RateLimit`.
static RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The number of maps that buckets are spread over, so that workers rarely contend for one lock.
const SHARDS: usize = 32;

/// The maximum number of buckets of a map: 10 MB in all.
const MAX_BUCKETS_PER_SHARD: usize = 4096;

/// The maximum number of keys remembered as in force.
const MAX_KNOWN_KEYS: usize = 10_000;

/// Nanoseconds in a second.
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A rate limit, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimit {
    /// No limit.
    Off,
    /// Requests and seconds.
    Quota(u32, u32),
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let numbers = text
            .split_once('/')
            .and_then(|(quota, window)| Some((quota.parse::<u32>().ok()?, window.parse::<u32>().ok()?)));
        let fits =
            |(quota, window): &(u32, u32)| (1..=1_000_000).contains(quota) && (1..=86_400).contains(window);
        let wrong = || {
            format!("`{text}` is no limit: REQUESTS/SECONDS such as 6000/60 (at most 1000000/86400), or off")
        };
        numbers.filter(fits).map(|(quota, window)| Self::Quota(quota, window)).ok_or_else(wrong)
    }
}

/// Whose requests are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum RateSubject {
    Address(IpAddr),
    Key(Arc<str>),
}

/// A quota in force.
#[derive(Debug, Clone)]
struct QuotaPolicy {
    name: &'static str,
    quota: u32,
    window: u32,
    /// Whether clients on this machine are limited as well.
    limits_loopback: bool,
    header_value: HeaderValue,
}

impl QuotaPolicy {
    /// Returns the configured limit, or the default, from which clients on this machine are exempt.
    fn from_setting(name: &'static str, set: Option<RateLimit>, (quota, window): (u32, u32)) -> Option<Self> {
        let (quota, window, local) = match set {
            Some(RateLimit::Off) => return None,
            Some(RateLimit::Quota(quota, window)) => (quota, window, true),
            None => (quota, window, false),
        };
        let policy = HeaderValue::from_str(&format!("\"{name}\";q={quota};w={window}")).ok()?;
        Some(Self { name, quota, window, limits_loopback: local, header_value: policy })
    }

    /// Returns how long the share of one request takes to be restored, in nanoseconds.
    fn nanos_per_request(&self) -> i64 {
        i64::from(self.window) * NANOS_PER_SECOND / i64::from(self.quota)
    }

    /// Returns how long the whole quota takes to be restored, in nanoseconds.
    fn window_nanos(&self) -> i64 {
        self.nanos_per_request() * i64::from(self.quota)
    }
}

/// The quotas and their buckets. Clones share them.
#[derive(Clone)]
pub struct RateLimiter(Arc<RateLimiterShared>);

struct RateLimiterShared {
    address_policy: Option<QuotaPolicy>,
    key_policy: Option<QuotaPolicy>,
    buckets: Vec<Mutex<HashMap<RateSubject, i64>>>,
    hasher: RandomState,
    known_keys: RwLock<HashMap<u64, Arc<str>>>,
}

/// The decision on a request.
#[derive(Debug, Clone)]
pub struct RateDecision {
    subject: RateSubject,
    policy: QuotaPolicy,
    /// Whether it is answered.
    pub is_allowed: bool,
    /// The number of requests left.
    pub remaining: u32,
    /// Seconds until the whole quota is restored, or until the next request if none is left.
    pub reset: u32,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl RateLimiter {
    /// Creates the limits of addresses and keys. Defaults are 6,000 and 60,000 a minute, from which clients
    /// on this machine are exempt.
    #[must_use]
    pub fn new(address: Option<RateLimit>, key: Option<RateLimit>) -> Self {
        Self(Arc::new(RateLimiterShared {
            address_policy: QuotaPolicy::from_setting("address", address, (6_000, 60)),
            key_policy: QuotaPolicy::from_setting("key", key, (60_000, 60)),
            buckets: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            known_keys: RwLock::default(),
        }))
    }

    /// Counts a request; none where no limit applies to its client. `now` is in microseconds since 1970.
    #[must_use]
    pub fn count_request(&self, client: &Caller, key: Option<&str>, now: i64) -> Option<RateDecision> {
        let known = key.and_then(|key| self.find_known_key(key));
        let rule = if known.is_some() { &self.0.key_policy } else { &self.0.address_policy };
        let rule = rule.as_ref().filter(|rule| rule.limits_loopback || !client.is_loopback)?;
        let caller = known.map_or_else(|| RateSubject::Address(network_of(client.address)), RateSubject::Key);
        let mut decision =
            RateDecision { subject: caller, policy: rule.clone(), is_allowed: true, remaining: 0, reset: 0 };
        self.move_bucket(&mut decision, rule.nanos_per_request(), now);
        Some(decision)
    }

    /// Gives back what a request cost: its response was free.
    pub fn refund(&self, decision: &mut RateDecision, now: i64) {
        if decision.is_allowed {
            self.move_bucket(decision, -decision.policy.nanos_per_request(), now);
        }
    }

    /// Advances the bucket, unless that would exceed the window, and records what is left.
    fn move_bucket(&self, decision: &mut RateDecision, by: i64, now: i64) {
        let (now, span, request_cost) =
            (now * 1000, decision.policy.window_nanos(), decision.policy.nanos_per_request());
        let shard =
            usize::try_from(self.0.hasher.hash_one(&decision.subject) % SHARDS as u64).unwrap_or_default();
        let Some(buckets) = self.0.buckets.get(shard) else { return };
        let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not shut anybody out for longer than the window.
        let full = buckets.get(&decision.subject).map_or(now, |full| (*full).clamp(now, now + span));
        let next = (full + by).max(now);
        decision.is_allowed = next - now <= span;
        let full = if decision.is_allowed { next } else { full };
        if buckets.len() >= MAX_BUCKETS_PER_SHARD && !buckets.contains_key(&decision.subject) {
            evict_buckets(&mut buckets, now);
        }
        buckets.insert(decision.subject.clone(), full);
        drop(buckets);
        let left = (span - (full - now)) / request_cost;
        let wait = if left > 0 { full - now } else { full + request_cost - span - now };
        decision.remaining = u32::try_from(left).unwrap_or_default();
        decision.reset = u32::try_from((wait + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND).unwrap_or(u32::MAX);
    }

    /// Remembers that a token is a key in force.
    pub fn learn_key(&self, text: &str, id: &str) {
        if self.find_known_key(text).is_some() {
            return;
        }
        let mark = self.0.hasher.hash_one(text);
        let mut known = self.0.known_keys.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN_KEYS {
            known.clear();
        }
        known.insert(mark, id.into());
    }

    /// Forgets a token: its key is not in force.
    pub fn forget_key(&self, text: &str) {
        if self.find_known_key(text).is_none() {
            return;
        }
        let mark = self.0.hasher.hash_one(text);
        self.0.known_keys.write().unwrap_or_else(PoisonError::into_inner).remove(&mark);
    }

    /// Returns the id of a token remembered as a key in force. Only a keyed hash of the token is stored.
    fn find_known_key(&self, text: &str) -> Option<Arc<str>> {
        let mark = self.0.hasher.hash_one(text);
        self.0.known_keys.read().unwrap_or_else(PoisonError::into_inner).get(&mark).cloned()
    }
}

/// Removes buckets whose quota is restored. Where that frees too few, removes others as well: memory is
/// bounded, at the price of a fresh quota for their clients.
fn evict_buckets(buckets: &mut HashMap<RateSubject, i64>, now: i64) {
    buckets.retain(|_, full| *full > now);
    let surplus: Vec<RateSubject> =
        buckets.keys().take(buckets.len().saturating_sub(MAX_BUCKETS_PER_SHARD * 3 / 4)).cloned().collect();
    for caller in surplus {
        buckets.remove(&caller);
    }
}

impl RateDecision {
    /// Returns the problem of a refused request.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        let refused = || {
            let problem = Problem::new(ErrorCode::RateLimited).with_arg("quota", self.policy.quota);
            problem.with_arg("window", self.policy.window).with_arg("seconds", self.reset)
        };
        (!self.is_allowed).then(refused)
    }

    /// Writes the header fields (draft-ietf-httpapi-ratelimit-headers).
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(RATELIMIT_POLICY.clone(), self.policy.header_value.clone());
        let left = format!("\"{}\";r={};t={}", self.policy.name, self.remaining, self.reset);
        if let Ok(left) = HeaderValue::from_str(&left) {
            headers.insert(RATELIMIT.clone(), left);
        }
        if !self.is_allowed {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.reset));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Caller {
        let address: IpAddr = address.parse().unwrap();
        Caller { address, is_loopback: address.is_loopback() }
    }

    fn limits(text: &str) -> RateLimiter {
        RateLimiter::new(Some(text.parse().unwrap()), Some("2/10".parse().unwrap()))
    }

    /// What is told of a request at a second.
    fn ask(limits: &RateLimiter, who: &str, key: Option<&str>, second: i64) -> (bool, u32, u32) {
        let decision = limits.count_request(&client(who), key, second * 1_000_000).unwrap();
        (decision.is_allowed, decision.remaining, decision.reset)
    }

    #[test]
    fn a_quota_is_used_up_and_comes_back() {
        let limits = limits("3/30");
        assert_eq!(ask(&limits, "192.0.2.1", None, 100), (true, 2, 10));
        assert_eq!(ask(&limits, "192.0.2.1", None, 100), (true, 1, 20));
        assert_eq!(ask(&limits, "192.0.2.1", None, 100), (true, 0, 10));
        assert_eq!(ask(&limits, "192.0.2.1", None, 104), (false, 0, 6));
        assert_eq!(ask(&limits, "192.0.2.2", None, 104), (true, 2, 10));
        assert_eq!(ask(&limits, "192.0.2.1", None, 110), (true, 0, 10));
        assert_eq!(ask(&limits, "192.0.2.1", None, 1000), (true, 2, 10));
        // The clock is set back.
        assert_eq!(ask(&limits, "192.0.2.1", None, 10), (false, 0, 10));
        assert_eq!(ask(&limits, "192.0.2.1", None, 50), (true, 2, 10));
    }

    #[test]
    fn what_is_given_back_was_never_used() {
        let limits = limits("3/30");
        for _ in 0..5 {
            let mut decision = limits.count_request(&client("192.0.2.1"), None, 0).unwrap();
            assert_eq!((decision.is_allowed, decision.remaining), (true, 2));
            limits.refund(&mut decision, 0);
            assert_eq!((decision.remaining, decision.reset), (3, 0));
        }
    }

    #[test]
    fn an_address_of_ipv6_is_its_network() {
        let limits = limits("2/10");
        assert_eq!(ask(&limits, "2001:db8::1", None, 0).1, 1);
        assert_eq!(ask(&limits, "2001:db8::ffff:2", None, 0).1, 0);
        assert_eq!(ask(&limits, "2001:db8:0:1::1", None, 0).1, 1);
    }

    #[test]
    fn a_key_is_counted_by_itself_only_once_it_is_known_to_be_in_force() {
        let limits = limits("5/10");
        assert_eq!(ask(&limits, "192.0.2.1", Some("kkh_a_right"), 0).1, 4);
        limits.learn_key("kkh_a_right", "a");
        assert_eq!(ask(&limits, "192.0.2.1", Some("kkh_a_wrong"), 0).1, 3);
        assert_eq!(ask(&limits, "192.0.2.1", Some("kkh_a_right"), 0), (true, 1, 5));
        assert_eq!(ask(&limits, "192.0.2.9", Some("kkh_a_right"), 0), (true, 0, 5));
        assert_eq!(ask(&limits, "192.0.2.9", Some("kkh_a_right"), 0), (false, 0, 5));
        limits.forget_key("kkh_a_right");
        assert_eq!(ask(&limits, "192.0.2.1", Some("kkh_a_right"), 0).1, 2);
    }

    #[test]
    fn a_default_does_not_hold_for_this_machine() {
        assert!(RateLimiter::default().count_request(&client("127.0.0.1"), None, 0).is_none());
        assert!(RateLimiter::default().count_request(&client("192.0.2.1"), None, 0).is_some());
        assert!(limits("5/10").count_request(&client("::1"), None, 0).is_some());
        assert!(limits("off").count_request(&client("192.0.2.1"), None, 0).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let limits = limits("1/1");
        for number in 0..200_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            let _ = limits.count_request(&Caller { address, is_loopback: false }, None, 0);
        }
        let kept: usize = limits.0.buckets.iter().map(|buckets| buckets.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS * MAX_BUCKETS_PER_SHARD, "{kept}");
        for number in 0..400_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            let _ =
                limits.count_request(&Caller { address, is_loopback: false }, None, i64::from(number) * 1000);
        }
        let kept: usize = limits.0.buckets.iter().map(|buckets| buckets.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS * MAX_BUCKETS_PER_SHARD, "{kept}");
    }

    #[test]
    fn limits_are_read() {
        assert_eq!("6000/60".parse(), Ok(RateLimit::Quota(6000, 60)));
        assert_eq!("off".parse(), Ok(RateLimit::Off));
        for wrong in ["", "6000", "0/60", "5/0", "-1/5", "5/60s", "2000000/1", "1/86401", "OFF"] {
            assert!(wrong.parse::<RateLimit>().is_err(), "{wrong}");
        }
    }
}
