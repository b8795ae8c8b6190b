//! The backup file format: header, table rows, row counts and digest.
//!
//! A file is NDJSON, plain or compressed with gzip. The first line is the [`BackupHeader`]; then comes one
//! line for each row of the tables; the last line has the number of rows of each table and the SHA-256 of all
//! lines before it, so that a truncated or altered file is detected.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the format: the one written, and the only one read.
pub const FORMAT: u64 = 1;

/// The number of rows of each table, by its name.
pub type RowCounts = Map<String, Value>;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupHeader {
    /// Always `backup`: marks the file as one.
    pub kakehashi: String,
    /// [`FORMAT`].
    pub format: u64,
    /// The version of the program that wrote the file.
    pub version: String,
    /// The epoch in which the changes are numbered.
    pub epoch: String,
    /// The number of the newest change.
    pub head: i64,
    /// The number before the oldest change.
    pub base: i64,
    /// When the file was written, in RFC 3339.
    pub at: String,
}
