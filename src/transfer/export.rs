//! Writes all live records as NDJSON, in the format that import reads.

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

/// Records read per statement.
const BATCH_SIZE: i64 = 1000;

/// Writes every live record in canonical JSON, in the order of ids, and an end line with their number. A
/// failure of `out` ends the export and is the inner error.
///
/// # Errors
/// 500 `damaged_record` when a stored record cannot be read.
pub fn export(tx: &mut Conn, out: &mut dyn Write) -> TxResult<std::io::Result<usize>> {
    Ok(write_records(tx, &[], out)?.and_then(|count| {
        write_end_line(out, &serde_json::json!({"kind": "end", "count": count})).map(|()| count)
    }))
}

/// Writes the last line, by which a reader sees that the file is complete.
pub fn write_end_line(out: &mut dyn Write, end: &Value) -> std::io::Result<()> {
    writeln!(out, "{end}").and_then(|()| out.flush())
}

/// Writes the live records of these kinds, of all kinds when the list is empty, as [`export`] does but
/// without an end line; returns their number.
pub fn write_records(tx: &mut Conn, kinds: &[Kind], out: &mut dyn Write) -> TxResult<std::io::Result<usize>> {
    let names = kinds.iter().map(|kind| BindValue::Text(kind.as_str().into()));
    // `kind || ''` rules out an index by kind, with which each batch would sort the remaining records by id.
    let kind_condition = if kinds.is_empty() {
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
            .append(kind_condition.clone())
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
