//! What callers may do at a time: in all, each address, and each key. Ordinary partners never meet these limits.

use super::places::{Places, Turns};
use crate::config::Capacities;
use crate::db;
use std::net::IpAddr;

/// The most bodies of one address that are sent while they are read from the database, each on a connection of its own.
const DOWNLOADS: usize = 2;

/// The places of callers. Clones share them.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// Connections of an address.
    pub connections: Places<IpAddr>,
    /// Requests that are being answered, of an address.
    pub requests: Places<IpAddr>,
    /// Streams of changes and requests that wait for one, of an address.
    pub streams: Places<IpAddr>,
    /// Whole lists and snapshots, of an address.
    pub downloads: Places<IpAddr>,
    /// Imports of a key.
    pub imports: Places<String>,
    /// Questions over the whole registry, of an address.
    pub slow: Turns,
}

impl Capacity {
    /// So many places.
    #[must_use]
    pub fn new(settings: &Capacities) -> Self {
        let most = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
        Self {
            connections: Places::new(most(settings.connections_per_address), usize::MAX),
            requests: Places::new(most(settings.requests_per_address), usize::MAX),
            streams: Places::new(most(settings.streams_per_address), usize::MAX),
            downloads: Places::new(DOWNLOADS, usize::MAX),
            imports: Places::new(most(settings.imports_per_key), most(settings.imports)),
            slow: Turns::new(db::slow_reads()),
        }
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self::new(&Capacities::default())
    }
}
