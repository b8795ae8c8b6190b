//! Rebuilds all index rows from the records' content, after a restore of a backup or a migration that asks
//! for it.

use super::write::projections;
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::{TxError, TxResult};
use crate::db::schema::{records, settings};
use crate::db::types::Id;
use crate::db::{bulk, deferred};
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::store::records::{LIVE, RecordRow};
use diesel::prelude::*;

/// The number of records read at a time.
const BATCH_SIZE: i64 = 250;

/// The setting by which a migration asks for it.
const REINDEX_SETTING: &str = "reindex";

/// Rebuilds the index rows if a migration asked for it.
pub async fn reindex_if_requested(db: &Db) -> Result<()> {
    let asked = |tx: &mut Conn| Ok(crate::db::settings::read_setting(tx, REINDEX_SETTING)?.is_some());
    if !db.read(asked).await? {
        return Ok(());
    }
    db.write_exclusive(move |tx| {
        bulk::disable_statement_timeout(tx)?;
        bulk::disable_lock_timeout(tx)?;
        // Another instance that starts beside this one waits here, and finds it done.
        bulk::lock_tables(tx, &["settings", "records"])?;
        if asked(tx)? {
            reindex_all(tx, |failure, _| failure)?;
            diesel::delete(settings::table.find(REINDEX_SETTING)).execute(tx)?;
        }
        Ok(((), true))
    })
    .await
}

/// Rebuilds the index rows of all records; first those whose names are part of other records' labels.
///
/// # Errors
/// What `describe_failure` makes of a record that cannot be read.
pub fn reindex_all(tx: &mut Conn, describe_failure: impl Fn(TxError, Id) -> TxError) -> TxResult<()> {
    for named_by_refs in [false, true] {
        let kinds =
            Kind::ALL.iter().filter(|kind| all::definition(**kind).has_label_from_refs() == named_by_refs);
        let kinds: Vec<&str> = kinds.map(|kind| kind.as_str()).collect();
        let mut after = Id(uuid::Uuid::nil());
        loop {
            let heads: Vec<RecordRow> = records::table
                .filter(records::id.gt(after).and(records::state.eq(LIVE)))
                .filter(records::kind.eq_any(kinds.clone()))
                .select(RecordRow::as_select())
                .order(records::id)
                .limit(BATCH_SIZE)
                .load(tx)?;
            let Some(last) = heads.last() else { break };
            after = last.id;
            for head in &heads {
                projections::reindex_record(tx, head)
                    .map_err(|failure| describe_failure(failure, head.id))?;
            }
            deferred::flush(tx)?;
        }
    }
    Ok(())
}
