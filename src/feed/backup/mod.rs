//! Everything of a registry in one file, the same from either database: records, history, keys.
//!
//! A file is lines of JSON, plain or compressed. The first says what it is ([`Header`]); then come the rows of the
//! [`tables`]; the last counts them and bears the digest of all lines before it, so that a cut or a change shows.

mod restore;
pub mod tables;

pub use restore::{Restored, restore};

use crate::db::schema::feed_head;
use crate::db::{Conn, Outcome, bulk};
use crate::feed::changes::epoch;
use crate::http::replies::hex;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// The format written, and the only one read.
pub const FORMAT: u64 = 1;

/// How many rows of each table.
pub type Counts = Map<String, Value>;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
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
pub fn backup(tx: &mut Conn, at: &str, out: &mut dyn Write) -> Outcome<io::Result<Counts>> {
    bulk::unhurried(tx)?;
    let (head, base) = feed_head::table.select((feed_head::seq, feed_head::base)).first(tx)?;
    let header = Header {
        kakehashi: "backup".into(),
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        epoch: epoch(tx)?,
        head,
        base,
        at: at.into(),
    };
    let mut out = Digested { out, digest: Sha256::new() };
    if let Err(error) = writeln!(out, "{}", json!(header)) {
        return Ok(Err(error));
    }
    let mut counts = Counts::new();
    for table in tables::ALL {
        match table.dump(tx, &mut out)? {
            Ok(count) => drop(counts.insert(table.name.into(), count.into())),
            Err(error) => return Ok(Err(error)),
        }
    }
    let end = json!({"end": counts, "sha256": hex(&out.digest.finalize())});
    Ok(writeln!(out.out, "{end}").and_then(|()| out.out.flush()).map(|()| counts))
}

/// Digests what it passes on.
struct Digested<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
}

impl Write for Digested<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
