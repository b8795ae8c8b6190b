//! The changes of a long transaction until its end, when they are numbered: in a temporary file once they are many.

use super::unspooled;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::store::{self, Change, Stamp};
use crate::vocabulary::Kind;
use std::io::{BufRead as _, BufReader, Result, Seek as _, Write as _};
use tempfile::SpooledTempFile;

/// How many bytes stay in memory.
const FEW: usize = 4 << 20;

/// What an import can do to a record.
const OPS: [&str; 2] = ["create", "update"];

/// A change as a line of the file.
type Line = (
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

/// Changes that wait for the end of their transaction.
pub(super) struct Changes {
    file: SpooledTempFile,
    count: usize,
}

impl Changes {
    pub(super) fn new() -> Self {
        Self { file: SpooledTempFile::new(FEW), count: 0 }
    }

    pub(super) fn push(&mut self, change: Change) -> Result<()> {
        let replaced_by = change.replaced_by.map(|id| id.to_string());
        let line: Line = (
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
            change.adopted,
        );
        self.count += 1;
        writeln!(self.file, "{}", serde_json::to_string(&line)?)
    }

    /// Numbers the changes and appends them to the log: the last statements of the transaction.
    pub(super) fn append(mut self, tx: &mut Conn, stamp: &Stamp) -> Outcome<()> {
        self.file.rewind().map_err(unspooled)?;
        let lines = BufReader::new(self.file).lines();
        store::append_all(tx, stamp, self.count, lines.map(|line| Ok(read(&line.map_err(unspooled)?)?)))
    }
}

fn read(line: &str) -> crate::error::Result<Change> {
    let change = || {
        let (id, kind, version, at, op, changed, body, replaced_by, overrode, owners_of, adopted): Line =
            serde_json::from_str(line).ok()?;
        let op = OPS.into_iter().find(|known| *known == op)?;
        let replaced_by = replaced_by.as_deref().and_then(store::parse_id);
        let (id, kind) = (store::parse_id(&id)?, Kind::from_name(&kind)?);
        Some(Change { id, kind, version, at, op, changed, body, replaced_by, overrode, owners_of, adopted })
    };
    change().ok_or_else(|| Problem::new(Code::Internal))
}
