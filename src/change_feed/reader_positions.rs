//! How far each key has read the feed, for `/v1/sync/status`.
//!
//! A reader waits for no write: where the keys are is kept in memory and noted in the database every few seconds. It is a
//! hint; the cursor that a reader keeps is what counts.

use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::schema::readers;
use crate::domain::errors::problem::Result;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where a key is: the number of the last change it was given, and when.
type ReaderPosition = (i64, i64);

/// Where keys are that have read since it was last noted.
#[derive(Debug, Clone, Default)]
pub struct ReaderPositions(Arc<Mutex<HashMap<String, ReaderPosition>>>);

/// How often places are noted.
const SAVE_INTERVAL: Duration = Duration::from_secs(5);

impl ReaderPositions {
    /// Readers of a database; the task that notes where they are ends with the last clone.
    #[must_use]
    pub fn start(db: &Db) -> Self {
        let readers = Self::default();
        let (places, db) = (Arc::downgrade(&readers.0), db.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SAVE_INTERVAL).await;
                let Some(places) = places.upgrade() else { return };
                if let Err(problem) = Self(places).save(&db).await {
                    log::debug!("where readers are was not noted: {problem}");
                }
            }
        });
        readers
    }

    fn lock_positions(&self) -> MutexGuard<'_, HashMap<String, ReaderPosition>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key has been given the changes up to `seq`.
    pub fn note(&self, key: &str, seq: i64, now: i64) {
        self.lock_positions().insert(key.to_owned(), (seq, now));
    }

    /// Notes in the database where the keys are.
    ///
    /// # Errors
    /// When the database fails; then they are kept for the next time.
    pub async fn save(&self, db: &Db) -> Result<()> {
        let places: Vec<(String, ReaderPosition)> = self.lock_positions().drain().collect();
        if places.is_empty() {
            return Ok(());
        }
        let noted = places.clone();
        let written = db
            .write(move |tx| Ok(noted.iter().try_for_each(|(key, place)| save_position(tx, key, *place))?))
            .await;
        if written.is_err() {
            let mut unsaved = self.lock_positions();
            for (key, place) in places {
                unsaved.entry(key).or_insert(place);
            }
        }
        written
    }
}

fn save_position(tx: &mut Conn, key: &str, (seq, at): ReaderPosition) -> QueryResult<()> {
    let place = (readers::seq.eq(seq), readers::at.eq(at));
    let there = diesel::update(readers::table.find(key)).set(place).execute(tx)?;
    if there == 0 {
        diesel::insert_into(readers::table).values((readers::key_id.eq(key), place)).execute(tx)?;
    }
    Ok(())
}
