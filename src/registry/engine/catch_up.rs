//! What a registry of an earlier version lacks: its citations and dates, listed once.

use super::derive::list_claims;
use crate::db::schema::{citations, dates, records, settings};
use crate::db::types::Id;
use crate::db::{self, Conn, Outcome};
use crate::registry::store::{Head, LIVE};
use diesel::prelude::*;

/// The setting that says that citations and dates have been listed.
const DONE: &str = "claims_listed";
/// Records read at a time.
const BATCH: i64 = 250;

/// Lists the citations and dates of every record, unless that was done before; gives the number of records.
///
/// # Errors
/// When the database fails, or a record cannot be read.
pub fn catch_up(tx: &mut Conn) -> Outcome<usize> {
    if db::setting(tx, DONE)?.is_some() {
        return Ok(0);
    }
    diesel::delete(citations::table).execute(tx)?;
    diesel::delete(dates::table).execute(tx)?;
    let (mut count, mut after) = (0, Id(uuid::Uuid::nil()));
    loop {
        let some = records::table.filter(records::id.gt(after).and(records::state.eq(LIVE)));
        let heads: Vec<Head> = some.select(Head::as_select()).order(records::id).limit(BATCH).load(tx)?;
        let Some(last) = heads.last() else { break };
        after = last.id;
        count += heads.len();
        heads.iter().try_for_each(|head| list_claims(tx, head))?;
    }
    let row = (settings::name.eq(DONE), settings::value.eq("1"));
    diesel::insert_into(settings::table).values(row).execute(tx)?;
    Ok(count)
}
