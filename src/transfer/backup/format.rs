//! Format.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
