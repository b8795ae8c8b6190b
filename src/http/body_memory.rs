//! How much memory the bodies take that are being received and worked on, in all and of one address: whoever sends many
//! large ones, or stops in the middle of them, must not take what the others need.

use crate::error::{Code, Problem, Result};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The most memory for bodies in MiB, unless it is set otherwise.
pub const IN_ALL: u32 = 64;
/// The same for those of one address.
pub const OF_ADDRESS: u32 = 16;

/// The memory for bodies. Clones share it.
#[derive(Debug, Clone)]
pub struct BodyMemory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    in_all: usize,
    of_address: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    in_all: usize,
    of_address: HashMap<IpAddr, usize>,
}

impl Default for BodyMemory {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl BodyMemory {
    /// So many MiB in all, and for one address.
    #[must_use]
    pub fn new(in_all: Option<u32>, of_address: Option<u32>) -> Self {
        let bytes = |mebibytes: u32| usize::try_from(mebibytes).unwrap_or(usize::MAX) << 20;
        let (in_all, of_address) = (in_all.unwrap_or(IN_ALL), of_address.unwrap_or(OF_ADDRESS));
        Self(Arc::new(Inner { in_all: bytes(in_all), of_address: bytes(of_address), used: Mutex::default() }))
    }

    /// A body of this caller, of which nothing has arrived.
    #[must_use]
    pub fn reserve(&self, address: IpAddr) -> Reservation {
        Reservation { memory: self.clone(), address, bytes: 0 }
    }
}

/// The memory of one body, given back when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    memory: BodyMemory,
    address: IpAddr,
    bytes: usize,
}

impl Reservation {
    /// Takes more. The only body of an address, and the only one of all, may have what it needs: bodies are bounded
    /// themselves.
    ///
    /// # Errors
    /// 503 where that would be too much.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let Inner { in_all, of_address, used } = &*self.memory.0;
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        let own = used.of_address.get(&self.address).copied().unwrap_or_default();
        for (taken, limit) in [(own, *of_address), (used.in_all, *in_all)] {
            if taken > self.bytes && taken + bytes > limit {
                return Err(Problem::new(Code::TooManyBodies).fact("limit", limit));
            }
        }
        used.of_address.insert(self.address, own + bytes);
        used.in_all += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut used = self.memory.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.in_all = used.in_all.saturating_sub(self.bytes);
        if let Some(own) = used.of_address.get_mut(&self.address) {
            *own = own.saturating_sub(self.bytes);
            if *own == 0 {
                used.of_address.remove(&self.address);
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
        assert_eq!(taken(1, 1).unwrap_err(), Code::TooManyBodies);
        let third = taken(2, 1).unwrap();
        assert_eq!(taken(3, 1).unwrap_err(), Code::TooManyBodies);
        drop((first, second));
        let _ = taken(3, 2).unwrap();
        drop(third);
        // Alone, a body may have more.
        let _large = taken(4, 9).unwrap();
        assert_eq!(taken(5, 1).unwrap_err(), Code::TooManyBodies);
    }
}
