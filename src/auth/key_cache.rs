//! Keys that were in force a moment ago: a request by one of them is let in without asking the database.
//!
//! What a request does checks its key again, in its transaction. So a key that was revoked meanwhile changes nothing; at
//! most a body is read for it.

use super::api_key::{ApiKey, hash_key};
use moka::sync::Cache;
use std::time::Duration;

/// How long a key is known.
const TTL: Duration = Duration::from_secs(1);

/// The most keys that are known.
const MAX_KEYS: u64 = 10_000;

/// The keys, by the hashes of their texts. Clones share them.
#[derive(Clone)]
pub struct KeyCache(Cache<Vec<u8>, ApiKey>);

impl Default for KeyCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_KEYS).time_to_live(TTL).build())
    }
}

impl KeyCache {
    /// The key that `text` is, if it was in force a moment ago and has not expired.
    #[must_use]
    pub fn get(&self, text: &str, now: i64) -> Option<ApiKey> {
        self.0.get(&hash_key(text)).filter(|key| key.is_in_force(now))
    }

    /// Keeps a key that is in force.
    pub fn insert(&self, key: &ApiKey) {
        self.0.insert(key.hash.clone(), key.clone());
    }

    /// Forgets all keys, since one was revoked.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}
