//! The limits of concurrent uses per client address, per key and in total. Ordinary clients do not reach
//! them.

use super::concurrency_limiter::ConcurrencyLimiter;
use super::fair_semaphore::FairSemaphore;
use crate::db::database;
use std::net::IpAddr;

/// The maximum of streamed downloads of one client address, each on a database connection of its own.
const MAX_DOWNLOADS_PER_ADDRESS: usize = 2;

/// The most concurrent uses that callers may have.
#[derive(Debug, Clone, Copy)]
pub struct MaxConcurrency {
    /// Open connections of a client address.
    pub connections_per_address: u32,
    /// Requests being answered, of a client address.
    pub requests_per_address: u32,
    /// Change streams and long polls of a client address.
    pub streams_per_address: u32,
    /// Imports of an API key.
    pub imports_per_key: u32,
    /// Imports in total.
    pub imports: u32,
}

/// The limiters. Clones share them.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimits {
    /// Open connections, by client address.
    pub connections: ConcurrencyLimiter<IpAddr>,
    /// Requests being answered, by client address.
    pub requests: ConcurrencyLimiter<IpAddr>,
    /// Change streams and long polls, by client address.
    pub streams: ConcurrencyLimiter<IpAddr>,
    /// Whole lists and snapshots, by client address.
    pub downloads: ConcurrencyLimiter<IpAddr>,
    /// Imports, by API key.
    pub imports: ConcurrencyLimiter<String>,
    /// Slow reads over the whole registry, by client address.
    pub slow: FairSemaphore,
}

impl ConcurrencyLimits {
    /// Limits with these maxima.
    #[must_use]
    pub fn new(max: MaxConcurrency) -> Self {
        let count = |max: u32| usize::try_from(max).unwrap_or(usize::MAX);
        Self {
            connections: ConcurrencyLimiter::new(count(max.connections_per_address), usize::MAX),
            requests: ConcurrencyLimiter::new(count(max.requests_per_address), usize::MAX),
            streams: ConcurrencyLimiter::new(count(max.streams_per_address), usize::MAX),
            downloads: ConcurrencyLimiter::new(MAX_DOWNLOADS_PER_ADDRESS, usize::MAX),
            imports: ConcurrencyLimiter::new(count(max.imports_per_key), count(max.imports)),
            slow: FairSemaphore::new(database::max_slow_reads()),
        }
    }
}
