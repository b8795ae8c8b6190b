//! Every record, one a line, in the form that import reads.

use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::registry::content::Place;
use crate::registry::store::LIVE;
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;
use std::io::Write;

/// Records read at a time.
const BATCH: i64 = 1000;

/// Writes every live record in its canonical form, in order of id, and an end line with their number.
///
/// # Errors
/// When the database fails, or a record is damaged. A failure of `out` ends the writing and is given back inside.
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
    let names = kinds.iter().map(|kind| Bind::Text(kind.as_str().into()));
    // Concatenated, so that no index but that of the ids serves: by kind, each batch would sort the rest.
    let chosen =
        if kinds.is_empty() { Clause::default() } else { Clause::new(" AND kind || '' IN ").list(names) };
    let mut after = Id(uuid::Uuid::nil());
    let mut count = 0;
    loop {
        let query = Clause::new("SELECT id, kind, version, content FROM records WHERE id > ")
            .bind(Bind::Id(after))
            .sql(" AND state = ")
            .text(LIVE)
            .then(chosen.clone())
            .sql(format!(" ORDER BY id LIMIT {BATCH}"));
        let rows: Vec<(Id, String, i64, String)> =
            Statement::<(Guid, Text, BigInt, Text)>::new(query).load(tx)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        count += rows.len();
        for (id, kind, version, content) in &rows {
            Place { kind, id: *id, version: *version }.check(content)?;
            if let Err(error) = writeln!(out, "{content}") {
                return Ok(Err(error));
            }
        }
    }
    Ok(Ok(count))
}
