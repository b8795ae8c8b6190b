//! Every record, one a line, in the form that import reads.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::store::damage::StoredRowId;
use crate::store::records::LIVE;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;
use std::io::Write;

/// Records read at a time.
const BATCH_SIZE: i64 = 1000;

/// Writes every live record in its canonical form, in order of id, and an end line with their number.
///
/// # Errors
/// When the database fails, or a record is damaged. A failure of `out` ends the writing and is given back inside.
pub fn export(tx: &mut Conn, out: &mut dyn Write) -> TxResult<std::io::Result<usize>> {
    Ok(write_records(tx, &[], out)?.and_then(|count| {
        write_end_line(out, &serde_json::json!({"kind": "end", "count": count})).map(|()| count)
    }))
}

/// Writes the last line, without which a file was cut.
///
/// # Errors
/// When `out` fails.
pub fn write_end_line(out: &mut dyn Write, end: &Value) -> std::io::Result<()> {
    writeln!(out, "{end}").and_then(|()| out.flush())
}

/// Writes the live records of these kinds (of all, when there are none), and gives their number.
///
/// # Errors
/// As [`export`].
pub fn write_records(tx: &mut Conn, kinds: &[Kind], out: &mut dyn Write) -> TxResult<std::io::Result<usize>> {
    let names = kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
    // Concatenated, so that no index but that of the ids serves: by kind, each batch would sort the rest.
    let chosen = if kinds.is_empty() {
        SqlFragment::default()
    } else {
        SqlFragment::new(" AND kind || '' IN ").bind_list(names)
    };
    let mut after = Id(uuid::Uuid::nil());
    let mut count = 0;
    loop {
        let query = SqlFragment::new("SELECT id, kind, version, content FROM records WHERE id > ")
            .bind(BindValue::Id(after))
            .sql(" AND state = ")
            .bind_text(LIVE)
            .append(chosen.clone())
            .sql(format!(" ORDER BY id LIMIT {BATCH_SIZE}"));
        let rows: Vec<(Id, String, i64, String)> =
            Statement::<(UuidSql, Text, BigInt, Text)>::new(query).load(tx)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        count += rows.len();
        for (id, kind, version, content) in &rows {
            stored_content::verify_content(StoredRowId { kind, id: *id, version: *version }, content)?;
            if let Err(error) = writeln!(out, "{content}") {
                return Ok(Err(error));
            }
        }
    }
    Ok(Ok(count))
}
