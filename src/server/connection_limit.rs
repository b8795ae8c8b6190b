//! Limits open connections: in total by the file descriptors of the process, and per client address.

use crate::http::client_address::TrustedProxies;
use crate::http::concurrency_limiter::{ConcurrencyLimiter, ConcurrencyPermit};
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use std::any::Any;
use std::net::{IpAddr, Shutdown};

/// The file descriptors left for the database, the log, webhooks and temporary files.
const RESERVED_DESCRIPTORS: usize = 512;

/// The maximum number of connections, however many file descriptors there are.
const MAX_CONNECTIONS: usize = 20_000;

/// Raises the limit of file descriptors to what this process may have, and gives the most connections of each of so many
/// Raises the limit of file descriptors to the maximum of the process; returns the maximum number of
/// connections of each worker.
#[must_use]
pub(super) fn max_connections_per_worker(workers: usize) -> usize {
    let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        log::warn!("the limit of open files stays as it is: {error}");
        1024
    });
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    let connections =
        descriptors.saturating_sub(RESERVED_DESCRIPTORS.min(descriptors / 2)).min(MAX_CONNECTIONS);
    (connections / workers.max(1)).max(1)
}

/// Counts a new connection for its address until it ends; ends it at once where the address has too many. Proxies that
/// Counts a connection for its client address until it closes; closes it at once above the limit. Trusted
/// proxies are not counted.
pub(super) fn limit_connection(
    connections: &ConcurrencyLimiter<IpAddr>,
    proxies: &TrustedProxies,
    io: &dyn Any,
    data: &mut Extensions,
) {
    let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
    let Some(address) = stream.peer_addr().ok().and_then(|peer| proxies.address_to_count(peer.ip())) else {
        return;
    };
    match connections.acquire(address) {
        Ok(place) => drop(data.insert::<ConcurrencyPermit<IpAddr>>(place)),
        Err(_) => {
            if let Err(error) = SockRef::from(stream).shutdown(Shutdown::Both) {
                log::debug!("a connection too many was not ended: {error}");
            }
        }
    }
}
