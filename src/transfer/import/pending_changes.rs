//! Changes of a long transaction, buffered in a temporary file until they are numbered at commit.

use super::spool::temp_file_problem;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::store::changes::{self, Provenance, RecordChange};
use std::io::{BufRead as _, BufReader, Result, Seek as _, Write as _};
use tempfile::SpooledTempFile;

/// The bytes held in memory before the buffer becomes a file.
const MAX_MEMORY_BYTES: usize = 4 << 20;

/// The operations of an import.
const IMPORT_OPS: [&str; 2] = ["create", "update"];

/// A change as a line of the file, in the order of the fields of [`RecordChange`], but with `at` after
/// `version`.
type ChangeLine = (
    String,
    String,
    i64,
    i64,
    String,
    Vec<String>,
    Option<String>,
    Option<String>,
    Vec<(String, String)>,
    Option<i64>,
    bool,
);

/// The buffered changes of a transaction.
pub(super) struct PendingChanges {
    file: SpooledTempFile,
    count: usize,
}

impl PendingChanges {
    pub(super) fn new() -> Self {
        Self { file: SpooledTempFile::new(MAX_MEMORY_BYTES), count: 0 }
    }

    pub(super) fn push(&mut self, change: RecordChange) -> Result<()> {
        let replaced_by = change.replaced_by.map(|id| id.to_string());
        let line: ChangeLine = (
            change.id.to_string(),
            change.kind.as_str().into(),
            change.version,
            change.at,
            change.op.into(),
            change.changed,
            change.body,
            replaced_by,
            change.overrode,
            change.owners_of,
            change.is_adopted,
        );
        self.count += 1;
        writeln!(self.file, "{}", serde_json::to_string(&line)?)
    }

    /// Numbers the changes and appends them to the log. These must be the last statements of the transaction.
    pub(super) fn append_to_log(mut self, tx: &mut Conn, provenance: &Provenance) -> TxResult<()> {
        self.file.rewind().map_err(temp_file_problem)?;
        let lines = BufReader::new(self.file).lines();
        changes::append_changes_from(
            tx,
            provenance,
            self.count,
            lines.map(|line| Ok(read_line(&line.map_err(temp_file_problem)?)?)),
        )
    }
}

fn read_line(line: &str) -> crate::domain::errors::problem::Result<RecordChange> {
    parse_line(line).map_err(|why| {
        log::error!("a change of an import cannot be read back from its temporary file: {why}");
        Problem::new(ErrorCode::Internal)
    })
}

fn parse_line(line: &str) -> std::result::Result<RecordChange, String> {
    let (id, kind, version, at, op, changed, body, replaced_by, overrode, owners_of, is_adopted): ChangeLine =
        serde_json::from_str(line).map_err(|error| error.to_string())?;
    let op =
        IMPORT_OPS.into_iter().find(|known| *known == op).ok_or_else(|| format!("`{op}` is no operation"))?;
    let kind = Kind::from_name(&kind).ok_or_else(|| format!("`{kind}` is no kind"))?;
    let parse_id = |text: &str| types::parse_record_id(text).ok_or_else(|| format!("`{text}` is no id"));
    let (id, replaced_by) = (parse_id(&id)?, replaced_by.as_deref().map(parse_id).transpose()?);
    Ok(RecordChange {
        id,
        kind,
        version,
        at,
        op,
        changed,
        body,
        replaced_by,
        overrode,
        owners_of,
        is_adopted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, op: &str, replaced_by: &str) -> String {
        format!(r#"["{id}","source",1,2,"{op}",["/title"],"{{}}",{replaced_by},[],null,false]"#)
    }

    #[test]
    fn a_line_that_cannot_be_read_says_why() {
        let id = types::new_record_id().to_string();
        let read = parse_line(&line(&id, "create", "null")).unwrap();
        assert_eq!((read.id.to_string(), read.op, read.replaced_by), (id.clone(), "create", None));
        for (damaged, why) in [
            (line("x", "create", "null"), "`x` is no id"),
            (line(&id, "merge", "null"), "`merge` is no operation"),
            (line(&id, "update", r#""y""#), "`y` is no id"),
            (line(&id, "update", "null").replace("source", "z"), "`z` is no kind"),
        ] {
            assert_eq!(parse_line(&damaged).unwrap_err(), why);
        }
        assert!(parse_line("[").unwrap_err().contains("EOF"));
    }
}
