//! Wakes long-poll and SSE clients when a change is committed.
//!
//! A waiting client uses no thread and no database connection. Writes of another process on the same database
//! are noticed when [`crate::db::log_head`] learns of them. A wake-up is only a hint: the client then reads
//! the log.

use crate::db::database::Db;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// How many woken clients read the log at the same time, so that they leave connections to other requests.
const MAX_CONCURRENT_READERS: usize = 4;

/// The value that listeners watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChangeSignal {
    /// The number of the newest change.
    LatestSeq(i64),
    /// The server shuts down.
    Closed,
}

/// Tells listeners that the log has grown. Clones share one channel.
#[derive(Clone)]
pub struct ChangeNotifier {
    signal: Arc<watch::Sender<ChangeSignal>>,
    read_permits: Arc<Semaphore>,
}

/// The receiving side: one client that waits for changes.
pub struct ChangeListener {
    signal: watch::Receiver<ChangeSignal>,
    read_permits: Arc<Semaphore>,
}

impl ChangeNotifier {
    /// Starts the task that follows the head of the log; it ends once every clone and listener is dropped.
    #[must_use]
    pub fn start(db: &Db) -> Self {
        let (sender, _) = watch::channel(ChangeSignal::LatestSeq(0));
        let notifier =
            Self { signal: Arc::new(sender), read_permits: Arc::new(Semaphore::new(MAX_CONCURRENT_READERS)) };
        let (sender, mut latest) = (Arc::downgrade(&notifier.signal), db.log_head().subscribe());
        tokio::spawn(async move {
            while latest.changed().await.is_ok() {
                let Some(sender) = sender.upgrade() else { return };
                let head = *latest.borrow_and_update();
                sender.send_if_modified(|signal| {
                    let is_new = *signal != ChangeSignal::Closed && *signal != ChangeSignal::LatestSeq(head);
                    if is_new {
                        *signal = ChangeSignal::LatestSeq(head);
                    }
                    is_new
                });
            }
        });
        notifier
    }

    /// Returns a listener. Call it before reading the log, so that no change is missed in between.
    #[must_use]
    pub fn listen(&self) -> ChangeListener {
        ChangeListener { signal: self.signal.subscribe(), read_permits: self.read_permits.clone() }
    }

    /// Wakes all listeners for good, when the server shuts down.
    pub fn close(&self) {
        self.signal.send_replace(ChangeSignal::Closed);
    }
}

impl ChangeListener {
    /// Waits until the log has grown beyond `seen`, at most for `timeout`; returns whether it has.
    pub async fn wait_past(&mut self, seen: i64, timeout: Duration) -> bool {
        let is_newer = |signal: &ChangeSignal| {
            *signal == ChangeSignal::Closed || matches!(signal, ChangeSignal::LatestSeq(head) if *head > seen)
        };
        let woken = tokio::time::timeout(timeout, self.signal.wait_for(is_newer)).await;
        matches!(woken, Ok(Ok(signal)) if *signal != ChangeSignal::Closed)
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.signal.borrow() == ChangeSignal::Closed
    }

    /// Waits for one of the permits to read the log after a wake-up.
    pub async fn acquire_read_permit(&self) -> Option<SemaphorePermit<'_>> {
        self.read_permits.acquire().await.ok()
    }
}
