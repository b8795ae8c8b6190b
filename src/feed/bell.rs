//! Rings when the log grows: those who wait for a change sleep on it, without a connection and without a thread.
//!
//! It hears of a write through another process over the same database as late as the head of the log becomes known
//! ([`crate::db::head`]). The bell is a hint: whoever wakes up reads the log.

use crate::db::Db;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// How many of those who wake up read at the same time; the others follow, so that they leave connections to others.
const READING: usize = 4;

/// What the waiting hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    /// The newest change that was seen.
    Head(i64),
    /// The server ends.
    Closed,
}

/// Rings when the log grows. Clones are the same bell.
#[derive(Clone)]
pub struct Bell {
    sound: Arc<watch::Sender<Sound>>,
    reading: Arc<Semaphore>,
}

/// Somebody who waits for changes.
pub struct Listener {
    sound: watch::Receiver<Sound>,
    reading: Arc<Semaphore>,
}

impl Bell {
    /// A bell over a database; its task ends with the last clone and listener.
    #[must_use]
    pub fn hang(db: &Db) -> Self {
        let (sound, _) = watch::channel(Sound::Head(0));
        let bell = Self { sound: Arc::new(sound), reading: Arc::new(Semaphore::new(READING)) };
        let (sound, mut newest) = (Arc::downgrade(&bell.sound), db.head().subscribe());
        tokio::spawn(async move {
            while newest.changed().await.is_ok() {
                let Some(sound) = sound.upgrade() else { return };
                let head = *newest.borrow_and_update();
                sound.send_if_modified(|heard| {
                    let rings = *heard != Sound::Closed && *heard != Sound::Head(head);
                    if rings {
                        *heard = Sound::Head(head);
                    }
                    rings
                });
            }
        });
        bell
    }

    /// Somebody new who waits. Ask before reading the log: what comes after is heard.
    #[must_use]
    pub fn listen(&self) -> Listener {
        Listener { sound: self.sound.subscribe(), reading: self.reading.clone() }
    }

    /// Wakes everybody for good: the server ends.
    pub fn close(&self) {
        self.sound.send_replace(Sound::Closed);
    }
}

impl Listener {
    /// Waits until the log has grown beyond `seen`, at most for `patience`; whether it has.
    pub async fn beyond(&mut self, seen: i64, patience: Duration) -> bool {
        let newer =
            |sound: &Sound| *sound == Sound::Closed || matches!(sound, Sound::Head(head) if *head > seen);
        let heard = tokio::time::timeout(patience, self.sound.wait_for(newer)).await;
        matches!(heard, Ok(Ok(sound)) if *sound != Sound::Closed)
    }

    /// Whether the server ends.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.sound.borrow() == Sound::Closed
    }

    /// Its turn to read.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.reading.acquire().await.ok()
    }
}
