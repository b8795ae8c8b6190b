//! The outcome of a write: the record's new version, warnings, and the changes to append to the log.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::errors::fault::Fault;
use crate::domain::kind::Kind;
use crate::records::find::find_live;
use crate::records::read::presentation::present_as_text;
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::records::RecordRow;
use crate::util::clock::Clock;

/// The version and the JSON text of a record that has just been written; of its row as it was given back, or as it is
/// now.
///
/// # Errors
/// When the database fails.
pub fn outcome_json(
    tx: &mut Conn,
    kind: Kind,
    written: &WriteOutcome,
    clock: &Clock,
) -> TxResult<(i64, String)> {
    let head = match &written.row {
        Some(head) => head.clone(),
        None => find_live(tx, kind, &RecordKey::Id(written.id))?,
    };
    Ok((head.version, present_as_text(tx, kind, &head, clock)?))
}

/// What a write did.
#[derive(Debug)]
pub struct WriteOutcome {
    /// The record.
    pub id: Id,
    /// Its version now.
    pub version: i64,
    /// Whether it is new.
    pub created: bool,
    /// The record's row; none where more was written to it since.
    pub row: Option<RecordRow>,
    /// Broken soft rules.
    pub warnings: Vec<Fault>,
    /// What to append to the log; nothing when the record already was so.
    pub changes: Vec<RecordChange>,
}
