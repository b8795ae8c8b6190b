//! Everything of a registry in one file, the same from either database: records, history, keys.
//!
//! A file is lines of JSON, plain or compressed. The first says what it is ([`Header`]); then come the rows of the
//! [`tables`]; the last counts them and bears the digest of all lines before it, so that a cut or a change shows.

mod restore;
pub mod tables;

pub use restore::{RestoreResult, restore};

use crate::db::schema::feed_head;
use crate::db::{Conn, TxResult, bulk};
use crate::feed::changes::epoch;
use crate::http::replies::to_hex;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// The format written, and the only one read.
pub const FORMAT: u64 = 1;

/// How many rows of each table.
pub type RowCounts = Map<String, Value>;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// Always `backup`.
    pub kakehashi: String,
    /// [`FORMAT`].
    pub format: u64,
    /// The version of the program that wrote it.
    pub version: String,
    /// The epoch in which its changes are numbered.
    pub epoch: String,
    /// The number of the newest change.
    pub head: i64,
    /// The number before the oldest change.
    pub base: i64,
    /// When it was written.
    pub at: String,
}

/// Writes everything, as one snapshot holds it; gives the number of rows of each table.
///
/// # Errors
/// When the database fails. A failure of `out` ends the writing and is given back inside.
pub fn dump(tx: &mut Conn, at: &str, out: &mut dyn Write) -> TxResult<io::Result<RowCounts>> {
    bulk::disable_statement_timeout(tx)?;
    let (head, base) = feed_head::table.select((feed_head::seq, feed_head::base)).first(tx)?;
    let header = BackupHeader {
        kakehashi: "backup".into(),
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        epoch: epoch(tx)?,
        head,
        base,
        at: at.into(),
    };
    let mut out = DigestWriter { out, digest: Sha256::new() };
    if let Err(error) = writeln!(out, "{}", json!(header)) {
        return Ok(Err(error));
    }
    let mut counts = RowCounts::new();
    for table in tables::ALL {
        match table.dump(tx, &mut out)? {
            Ok(count) => drop(counts.insert(table.name.into(), count.into())),
            Err(error) => return Ok(Err(error)),
        }
    }
    let end = json!({"end": counts, "sha256": to_hex(&out.digest.finalize())});
    Ok(writeln!(out.out, "{end}").and_then(|()| out.out.flush()).map(|()| counts))
}

/// Digests what it passes on.
struct DigestWriter<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
}

impl Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
