//! The founding dataset: what five documents say, compiled in kind by kind, loaded like any import.

use super::import::{Job, Options, Pass, Summary, Watch};
use crate::clock::Clock;
use crate::db::schema::records;
use crate::db::{self, Conn, Db, Outcome, bulk};
use crate::error::Result;
use crate::registry::engine::Author;
use crate::registry::store::{self, Stamp};
use crate::vocabulary::Kind;
use diesel::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// The organisation that the registry itself acts for.
pub const ORIGIN: &str = "kakehashi";

/// The records of the dataset.
#[must_use]
pub fn records() -> Vec<Value> {
    let files = Kind::ALL.iter().map(|kind| kind.shelf().founding());
    files.filter_map(|file| serde_json::from_str::<Vec<Value>>(file).ok()).flatten().collect()
}

/// An author on the registry's own behalf.
#[must_use]
pub fn author(origin: &str, actor: &str, clock: &Clock) -> Author {
    let stamp = Stamp {
        origin: origin.into(),
        actor: actor.into(),
        at: clock.now(),
        batch: store::new_id(),
        comment: None,
    };
    Author { stamp, schemes: vec![], kinds: Kind::ALL.to_vec(), admin: true, force: false }
}

/// Fills an empty registry; gives nothing where it holds or held any record.
///
/// # Errors
/// When the database fails, or the dataset breaks a rule.
pub async fn found(db: &Db, clock: &Clock) -> Result<Option<Summary>> {
    let options = Options { atomic: true, ..Options::default() };
    let job = Job::of(&records(), options, author(ORIGIN, "founding", clock), clock)?;
    let (at, batch) = (clock.now(), store::new_id());
    let watch: Watch = Arc::new(|_| true);
    let write = move |tx: &mut Conn| {
        // Of several instances that start at once, one founds; the others wait, and find it done.
        bulk::unhurried(tx)?;
        bulk::patient(tx)?;
        db::lock(tx, "founding")?;
        if !is_empty(tx)? {
            return Ok((None, true));
        }
        job.run(tx, at, batch, Pass::Quick, &watch)?;
        Ok((Some(job.accepted()?), true))
    };
    db.write_alone(write).await
}

fn is_empty(tx: &mut Conn) -> Outcome<bool> {
    Ok(records::table.select(records::id).limit(1).load::<crate::db::types::Id>(tx)?.is_empty())
}
