//! How far each API key has read the feed, kept in memory and saved every few seconds.
//!
//! Reading the feed thus never waits for a write. The positions serve `/v1/sync/status` only; where a reader
//! goes on is decided by the cursor that it sends.

use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::schema::readers;
use crate::domain::errors::problem::Result;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The number of the last change that a key was sent, and when, in microseconds since 1970.
type ReaderPosition = (i64, i64);

/// The positions not yet saved, by the id of the key. Clones share one map.
#[derive(Debug, Clone, Default)]
pub struct ReaderPositions(Arc<Mutex<HashMap<String, ReaderPosition>>>);

/// How often positions are saved.
const SAVE_INTERVAL: Duration = Duration::from_secs(5);

impl ReaderPositions {
    /// Starts the task that saves the positions; it ends with the last clone.
    #[must_use]
    pub fn start(db: &Db) -> Self {
        let readers = Self::default();
        let (positions, db) = (Arc::downgrade(&readers.0), db.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SAVE_INTERVAL).await;
                let Some(positions) = positions.upgrade() else { return };
                if let Err(problem) = Self(positions).save(&db).await {
                    log::debug!("where readers are was not noted: {problem}");
                }
            }
        });
        readers
    }

    fn lock_positions(&self) -> MutexGuard<'_, HashMap<String, ReaderPosition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a key was sent the changes up to `seq`.
    pub fn note(&self, key: &str, seq: i64, now: i64) {
        self.lock_positions().insert(key.to_owned(), (seq, now));
    }

    /// Saves the positions in the table `readers`; those that cannot be saved are kept for the next time.
    pub async fn save(&self, db: &Db) -> Result<()> {
        let positions: Vec<(String, ReaderPosition)> = self.lock_positions().drain().collect();
        if positions.is_empty() {
            return Ok(());
        }
        let to_save = positions.clone();
        let saved = db
            .write(move |tx| {
                Ok(to_save.iter().try_for_each(|(key, position)| save_position(tx, key, *position))?)
            })
            .await;
        if saved.is_err() {
            let mut unsaved = self.lock_positions();
            for (key, position) in positions {
                unsaved.entry(key).or_insert(position);
            }
        }
        saved
    }
}

fn save_position(tx: &mut Conn, key: &str, (seq, at): ReaderPosition) -> QueryResult<()> {
    let columns = (readers::seq.eq(seq), readers::at.eq(at));
    let updated = diesel::update(readers::table.find(key)).set(columns).execute(tx)?;
    if updated == 0 {
        diesel::insert_into(readers::table).values((readers::key_id.eq(key), columns)).execute(tx)?;
    }
    Ok(())
}
