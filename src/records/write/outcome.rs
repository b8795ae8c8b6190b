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

/// Returns the version and the presented JSON of a record just written: of the row that the write returned,
/// or as it is now.
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

/// The outcome of a write.
#[derive(Debug)]
pub struct WriteOutcome {
    /// The record.
    pub id: Id,
    /// Its version.
    pub version: i64,
    /// Whether it was created.
    pub created: bool,
    /// The record's row; none where it was written again since.
    pub row: Option<RecordRow>,
    /// Warnings of validation rules.
    pub warnings: Vec<Fault>,
    /// The changes to append to the log; empty when nothing changed.
    pub changes: Vec<RecordChange>,
}
