//! Every record, one a line, in the form that import reads.

use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::store::LIVE;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use serde_json::Value;
use std::io::Write;

/// Records read at a time.
const BATCH: i64 = 1000;

/// Writes every live record in its canonical form, in order of id, and an end line with their number.
///
/// # Errors
/// When the database fails. A failure of `out` ends the writing and is given back inside.
pub fn export(tx: &mut Conn, out: &mut dyn Write) -> Outcome<std::io::Result<usize>> {
    Ok(records(tx, &[], out)?
        .and_then(|count| end(out, &serde_json::json!({"kind": "end", "count": count})).map(|()| count)))
}

/// Writes the last line, without which a file was cut.
///
/// # Errors
/// When `out` fails.
pub fn end(out: &mut dyn Write, end: &Value) -> std::io::Result<()> {
    writeln!(out, "{end}").and_then(|()| out.flush())
}

/// Writes the live records of these kinds (of all, when there are none), and gives their number.
///
/// # Errors
/// As [`export`].
pub fn records(tx: &mut Conn, kinds: &[Kind], out: &mut dyn Write) -> Outcome<std::io::Result<usize>> {
    let kinds = if kinds.is_empty() { Kind::ALL } else { kinds };
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let mut after = Id(uuid::Uuid::nil());
    let mut count = 0;
    loop {
        let next = records::id.gt(after).and(records::state.eq(LIVE));
        let rows: Vec<(Id, String)> = records::table
            .filter(next)
            .filter(records::kind.eq_any(names.clone()))
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
    Ok(Ok(count))
}
