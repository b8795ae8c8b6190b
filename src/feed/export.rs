//! Every record, one a line, in the form that import reads.

use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::store::LIVE;
use diesel::prelude::*;
use std::io::Write;

/// Records read at a time.
const BATCH: i64 = 1000;

/// Writes every live record in its canonical form, in order of id, and an end line with their number.
///
/// # Errors
/// When the database fails. A failure of `out` ends the writing and is given back inside.
pub fn export(tx: &mut Conn, out: &mut dyn Write) -> Outcome<std::io::Result<usize>> {
    let mut after = Id(uuid::Uuid::nil());
    let mut count = 0;
    loop {
        let next = records::id.gt(after).and(records::state.eq(LIVE));
        let rows: Vec<(Id, String)> = records::table
            .filter(next)
            .select((records::id, records::content))
            .order(records::id)
            .limit(BATCH)
            .load(tx)?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        count += rows.len();
        for (_, content) in &rows {
            if let Err(error) = writeln!(out, "{content}") {
                return Ok(Err(error));
            }
        }
    }
    let end = serde_json::json!({"kind": "end", "count": count});
    Ok(writeln!(out, "{end}").and_then(|()| out.flush()).map(|()| count))
}
