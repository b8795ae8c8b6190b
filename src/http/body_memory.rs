//! Bounds the memory of request bodies in progress, in total and per client address, so that one client
//! cannot exhaust it with large or stalled bodies.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The default limit of memory for bodies in total, in MiB.
pub const DEFAULT_TOTAL_MIB: u32 = 64;

/// The default limit of memory for bodies of one client address, in MiB.
pub const DEFAULT_ADDRESS_MIB: u32 = 16;

/// The memory reserved for bodies. Clones share it.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<BodyMemoryShared>);

#[derive(Debug)]
struct BodyMemoryShared {
    total_limit: usize,
    address_limit: usize,
    used: Mutex<BodyMemoryUsed>,
}

#[derive(Debug, Default)]
struct BodyMemoryUsed {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Default for BodyMemory {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl BodyMemory {
    /// Creates limits in MiB, in total and per client address; none for the defaults.
    #[must_use]
    pub fn new(in_all: Option<u32>, of_address: Option<u32>) -> Self {
        let bytes = |mebibytes: u32| usize::try_from(mebibytes).unwrap_or(usize::MAX) << 20;
        let (in_all, of_address) =
            (in_all.unwrap_or(DEFAULT_TOTAL_MIB), of_address.unwrap_or(DEFAULT_ADDRESS_MIB));
        Self(Arc::new(BodyMemoryShared {
            total_limit: bytes(in_all),
            address_limit: bytes(of_address),
            used: Mutex::default(),
        }))
    }

    /// Begins a reservation for a body of this client address.
    #[must_use]
    pub fn reserve(&self, address: IpAddr) -> BodyReservation {
        BodyReservation { memory: self.clone(), address, bytes: 0 }
    }
}

/// The memory reserved for one body, released on drop.
#[derive(Debug)]
pub struct BodyReservation {
    memory: BodyMemory,
    address: IpAddr,
    bytes: usize,
}

impl BodyReservation {
    /// Reserves more memory. The only body of a client address, or the only one in total, may always grow:
    /// its size is limited anyway.
    ///
    /// # Errors
    /// 503 when a limit is reached.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let BodyMemoryShared { total_limit: in_all, address_limit: of_address, used } = &*self.memory.0;
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        let own = used.by_address.get(&self.address).copied().unwrap_or_default();
        for (taken, limit) in [(own, *of_address), (used.total, *in_all)] {
            if taken > self.bytes && taken + bytes > limit {
                return Err(Problem::new(ErrorCode::TooManyBodies).with_arg("limit", limit));
            }
        }
        used.by_address.insert(self.address, own + bytes);
        used.total += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for BodyReservation {
    fn drop(&mut self) {
        let mut used = self.memory.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.total = used.total.saturating_sub(self.bytes);
        if let Some(own) = used.by_address.get_mut(&self.address) {
            *own = own.saturating_sub(self.bytes);
            if *own == 0 {
                used.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_all_addresses_have_so_much() {
        let memory = BodyMemory::new(Some(3), Some(2));
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let taken = |last: u8, mebibytes: usize| {
            let mut body = memory.reserve(address(last));
            body.grow(mebibytes << 20).map(|()| body).map_err(|problem| problem.code)
        };
        let first = taken(1, 1).unwrap();
        let second = taken(1, 1).unwrap();
        assert_eq!(taken(1, 1).unwrap_err(), ErrorCode::TooManyBodies);
        let third = taken(2, 1).unwrap();
        assert_eq!(taken(3, 1).unwrap_err(), ErrorCode::TooManyBodies);
        drop((first, second));
        let _ = taken(3, 2).unwrap();
        drop(third);
        // Alone, a body may have more.
        let _large = taken(4, 9).unwrap();
        assert_eq!(taken(5, 1).unwrap_err(), ErrorCode::TooManyBodies);
    }
}
