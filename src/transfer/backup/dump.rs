//! Writes a backup.

use super::format::{BackupHeader, FORMAT, RowCounts};
use super::tables;
use crate::db::bulk;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::feed_head;
use crate::store::changes::epoch;
use crate::util::hash::to_hex;
use diesel::prelude::*;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// Writes every table as the snapshot of this transaction has it; returns the number of rows of each. A
/// failure of `out` ends the writing and is the inner error.
///
/// # Errors
/// 500 `damaged_record` when a row could not be restored.
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

/// Writes to `out` and digests what it writes (SHA-256).
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
