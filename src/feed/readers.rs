//! How far each key has read the feed, for `/v1/sync/status`.
//!
//! A reader waits for no write: where the keys are is kept in memory and noted in the database every few seconds. It is a
//! hint; the cursor that a reader keeps is what counts.

use crate::db::schema::readers;
use crate::db::{Conn, Db};
use crate::error::Result;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where a key is: the number of the last change it was given, and when.
type Place = (i64, i64);

/// Where keys are that have read since it was last noted.
#[derive(Debug, Clone, Default)]
pub struct Readers(Arc<Mutex<HashMap<String, Place>>>);

/// How often places are noted.
const PERIOD: Duration = Duration::from_secs(5);

impl Readers {
    /// Readers of a database; the task that notes where they are ends with the last clone.
    #[must_use]
    pub fn of(db: &Db) -> Self {
        let readers = Self::default();
        let (places, db) = (Arc::downgrade(&readers.0), db.clone());
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                let Some(places) = places.upgrade() else { return };
                if let Err(problem) = Self(places).note(&db).await {
                    log::debug!("where readers are was not noted: {problem}");
                }
            }
        });
        readers
    }

    fn places(&self) -> MutexGuard<'_, HashMap<String, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key has been given the changes up to `seq`.
    pub fn saw(&self, key: &str, seq: i64, now: i64) {
        self.places().insert(key.to_owned(), (seq, now));
    }

    /// Notes in the database where the keys are.
    ///
    /// # Errors
    /// When the database fails; then they are kept for the next time.
    pub async fn note(&self, db: &Db) -> Result<()> {
        let places: Vec<(String, Place)> = self.places().drain().collect();
        if places.is_empty() {
            return Ok(());
        }
        let noted = places.clone();
        let written =
            db.write(move |tx| Ok(noted.iter().try_for_each(|(key, place)| set(tx, key, *place))?)).await;
        if written.is_err() {
            let mut kept = self.places();
            for (key, place) in places {
                kept.entry(key).or_insert(place);
            }
        }
        written
    }
}

fn set(tx: &mut Conn, key: &str, (seq, at): Place) -> QueryResult<()> {
    let place = (readers::seq.eq(seq), readers::at.eq(at));
    let there = diesel::update(readers::table.find(key)).set(place).execute(tx)?;
    if there == 0 {
        diesel::insert_into(readers::table).values((readers::key_id.eq(key), place)).execute(tx)?;
    }
    Ok(())
}
