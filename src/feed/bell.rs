//! Rings when the log grows: those who wait for a change sleep on it, without a connection and without a thread.
//!
//! One task in each process looks at the number of the newest change, only while somebody waits; so a write through
//! another process over the same database is heard as well. The bell is a hint: whoever wakes up reads the log.

use crate::db::Db;
use crate::registry::store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

/// How often the log is looked at while somebody waits.
const PERIOD: Duration = Duration::from_millis(100);

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
        let (sound, db) = (Arc::downgrade(&bell.sound), db.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                let Some(sound) = sound.upgrade() else { return };
                if sound.receiver_count() == 0 {
                    continue;
                }
                if let Ok(head) = db.read(|tx| Ok(store::head(tx)?)).await {
                    let rings = |heard: &Sound| *heard != Sound::Closed && *heard != Sound::Head(head);
                    sound.send_if_modified(|heard| {
                        let rings = rings(heard);
                        if rings {
                            *heard = Sound::Head(head);
                        }
                        rings
                    });
                }
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
