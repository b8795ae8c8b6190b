//! The time between the signal to end and the end: requests are still answered, but no new ones are asked for.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// Whether the server is about to end. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct ShutdownState(Arc<AtomicBool>);

impl ShutdownState {
    /// From now on the server is not ready, and every answer is the last of its connection.
    pub fn begin(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether that has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Relaxed)
    }
}
