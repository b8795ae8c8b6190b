//! Deriving everything again from the contents of the records: after a restoration, and after a migration that made
//! room for something that is derived.

use crate::db::schema::{records, settings};
use crate::db::types::Id;
use crate::db::{Conn, Db, Failure, Outcome, bulk, late};
use crate::error::Result;
use crate::registry::engine;
use crate::registry::store::{Head, LIVE};
use crate::vocabulary::Kind;
use diesel::prelude::*;

/// Records read at a time.
const BATCH: i64 = 250;

/// The setting that a migration leaves where records are to be derived again.
const SETTING: &str = "reindex";

/// Derives everything again where a migration asked for it.
///
/// # Errors
/// When the database fails.
pub async fn where_asked(db: &Db) -> Result<()> {
    let asked = |tx: &mut Conn| Ok(crate::db::setting(tx, SETTING)?.is_some());
    if !db.read(asked).await? {
        return Ok(());
    }
    db.write_alone(move |tx| {
        bulk::unhurried(tx)?;
        bulk::patient(tx)?;
        // Another instance that starts beside this one waits here, and finds it done.
        bulk::alone(tx, &["settings", "records"])?;
        if asked(tx)? {
            all(tx, |failure, _| failure)?;
            diesel::delete(settings::table.find(SETTING)).execute(tx)?;
        }
        Ok(((), true))
    })
    .await
}

/// Derives everything from the contents: those first whose names others are made of.
///
/// # Errors
/// When the database fails, or what `told` makes of it where a record is at fault.
pub fn all(tx: &mut Conn, told: impl Fn(Failure, Id) -> Failure) -> Outcome<()> {
    for named_by_refs in [false, true] {
        let kinds = Kind::ALL.iter().filter(|kind| kind.shelf().named_by_refs() == named_by_refs);
        let kinds: Vec<&str> = kinds.map(|kind| kind.as_str()).collect();
        let mut after = Id(uuid::Uuid::nil());
        loop {
            let heads: Vec<Head> = records::table
                .filter(records::id.gt(after).and(records::state.eq(LIVE)))
                .filter(records::kind.eq_any(kinds.clone()))
                .select(Head::as_select())
                .order(records::id)
                .limit(BATCH)
                .load(tx)?;
            let Some(last) = heads.last() else { break };
            after = last.id;
            for head in &heads {
                engine::reindex(tx, head).map_err(|failure| told(failure, head.id))?;
            }
            late::write(tx)?;
        }
    }
    Ok(())
}
