//! Whether graceful shutdown has begun: requests are still answered, and connections close after the next
//! response.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// The state of shutdown. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct ShutdownState(Arc<AtomicBool>);

impl ShutdownState {
    /// Begins graceful shutdown: the server is not ready any more, and every response closes its
    /// connection.
    pub fn begin(&self) {
        self.0.store(true, Relaxed);
    }

    /// Returns whether graceful shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Relaxed)
    }
}
