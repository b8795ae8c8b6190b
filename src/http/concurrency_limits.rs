//! What callers may do at a time: in all, each address, and each key. Ordinary partners never meet these limits.

use super::concurrency_limiter::ConcurrencyLimiter;
use super::fair_semaphore::FairSemaphore;
use crate::db::database;
use crate::server::settings::CapacitySettings;
use std::net::IpAddr;

/// The most bodies of one address that are sent while they are read from the database, each on a connection of its own.
const MAX_DOWNLOADS_PER_ADDRESS: usize = 2;

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
    /// So many places.
    #[must_use]
    pub fn new(settings: &CapacitySettings) -> Self {
        let most = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
        Self {
            connections: ConcurrencyLimiter::new(most(settings.connections_per_address), usize::MAX),
            requests: ConcurrencyLimiter::new(most(settings.requests_per_address), usize::MAX),
            streams: ConcurrencyLimiter::new(most(settings.streams_per_address), usize::MAX),
            downloads: ConcurrencyLimiter::new(MAX_DOWNLOADS_PER_ADDRESS, usize::MAX),
            imports: ConcurrencyLimiter::new(most(settings.imports_per_key), most(settings.imports)),
            slow: FairSemaphore::new(database::max_slow_reads()),
        }
    }
}

impl Default for ConcurrencyLimits {
    fn default() -> Self {
        Self::new(&CapacitySettings::default())
    }
}
