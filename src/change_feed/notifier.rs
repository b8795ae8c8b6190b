//! Rings when the log grows: those who wait for a change sleep on it, without a connection and without a thread.
//!
//! It hears of a write through another process over the same database as late as the head of the log becomes known
//! ([`crate::db::head`]). The bell is a hint: whoever wakes up reads the log.

use crate::db::database::Db;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// How many of those who wake up read at the same time; the others follow, so that they leave connections to others.
const MAX_CONCURRENT_READERS: usize = 4;

/// What the waiting hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChangeSignal {
    /// The newest change that was seen.
    LatestSeq(i64),
    /// The server ends.
    Closed,
}

/// Rings when the log grows. Clones are the same bell.
#[derive(Clone)]
pub struct ChangeNotifier {
    signal: Arc<watch::Sender<ChangeSignal>>,
    read_permits: Arc<Semaphore>,
}

/// Somebody who waits for changes.
pub struct ChangeListener {
    signal: watch::Receiver<ChangeSignal>,
    read_permits: Arc<Semaphore>,
}

impl ChangeNotifier {
    /// A bell over a database; its task ends with the last clone and listener.
    #[must_use]
    pub fn start(db: &Db) -> Self {
        let (sound, _) = watch::channel(ChangeSignal::LatestSeq(0));
        let notifier =
            Self { signal: Arc::new(sound), read_permits: Arc::new(Semaphore::new(MAX_CONCURRENT_READERS)) };
        let (sound, mut newest) = (Arc::downgrade(&notifier.signal), db.log_head().subscribe());
        tokio::spawn(async move {
            while newest.changed().await.is_ok() {
                let Some(sound) = sound.upgrade() else { return };
                let head = *newest.borrow_and_update();
                sound.send_if_modified(|heard| {
                    let rings = *heard != ChangeSignal::Closed && *heard != ChangeSignal::LatestSeq(head);
                    if rings {
                        *heard = ChangeSignal::LatestSeq(head);
                    }
                    rings
                });
            }
        });
        notifier
    }

    /// Somebody new who waits. Ask before reading the log: what comes after is heard.
    #[must_use]
    pub fn listen(&self) -> ChangeListener {
        ChangeListener { signal: self.signal.subscribe(), read_permits: self.read_permits.clone() }
    }

    /// Wakes everybody for good: the server ends.
    pub fn close(&self) {
        self.signal.send_replace(ChangeSignal::Closed);
    }
}

impl ChangeListener {
    /// Waits until the log has grown beyond `seen`, at most for `patience`; whether it has.
    pub async fn wait_past(&mut self, seen: i64, patience: Duration) -> bool {
        let newer = |sound: &ChangeSignal| {
            *sound == ChangeSignal::Closed || matches!(sound, ChangeSignal::LatestSeq(head) if *head > seen)
        };
        let heard = tokio::time::timeout(patience, self.signal.wait_for(newer)).await;
        matches!(heard, Ok(Ok(sound)) if *sound != ChangeSignal::Closed)
    }

    /// Whether the server ends.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.signal.borrow() == ChangeSignal::Closed
    }

    /// Its turn to read.
    pub async fn acquire_read_permit(&self) -> Option<SemaphorePermit<'_>> {
        self.read_permits.acquire().await.ok()
    }
}
