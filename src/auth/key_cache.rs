//! Keys verified within the last second, so that a request's first check asks no database.
//!
//! The transaction of a write verifies the key again. With a key that has just been revoked, at most the body
//! of a request is read.

use super::api_key::{ApiKey, hash_key};
use moka::sync::Cache;
use std::time::Duration;

/// How long a verified key is cached.
const TTL: Duration = Duration::from_secs(1);

/// The most cached keys.
const MAX_KEYS: u64 = 10_000;

/// The cached keys, by the hashes of their texts. Clones share them.
#[derive(Clone)]
pub struct KeyCache(Cache<Vec<u8>, ApiKey>);

impl Default for KeyCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_KEYS).time_to_live(TTL).build())
    }
}

impl KeyCache {
    /// Returns the cached key with this text, unless it has expired.
    #[must_use]
    pub fn get(&self, text: &str, now: i64) -> Option<ApiKey> {
        self.0.get(&hash_key(text)).filter(|key| key.is_in_force(now))
    }

    /// Caches a key that is in force.
    pub fn insert(&self, key: &ApiKey) {
        self.0.insert(key.hash.clone(), key.clone());
    }

    /// Empties the cache, after a key was revoked.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}
