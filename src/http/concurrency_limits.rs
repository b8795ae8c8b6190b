//! What callers may do at a time: in all, each address, and each key. Ordinary partners never meet these limits.

use super::concurrency_limiter::ConcurrencyLimiter;
use super::fair_semaphore::FairSemaphore;
use crate::db::database;
use std::net::IpAddr;

/// The most bodies of one address that are sent while they are read from the database, each on a connection of its own.
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

/// The places of callers. Clones share them.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimits {
    /// Connections of an address.
    pub connections: ConcurrencyLimiter<IpAddr>,
    /// Requests that are being answered, of an address.
    pub requests: ConcurrencyLimiter<IpAddr>,
    /// Streams of changes and requests that wait for one, of an address.
    pub streams: ConcurrencyLimiter<IpAddr>,
    /// Whole lists and snapshots, of an address.
    pub downloads: ConcurrencyLimiter<IpAddr>,
    /// Imports of a key.
    pub imports: ConcurrencyLimiter<String>,
    /// Questions over the whole registry, of an address.
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
