//! `write` — Entry point of every write: locks the target record, then saves it.

use super::precondition::Precondition;
use super::save::{WriteOutcome, write_locked};
use super::target::{WriteTarget, lock_target};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::kind::Kind;
use crate::records::author::Author;
use crate::records::input::RecordInput;
use jiff::civil::Date;

/// Writes a record. The caller appends the changes to the log as the last statements of the transaction.
///
/// # Errors
/// Every fault of the body (422), a failed precondition (412, 428), a conflict (409); nothing is written then.
pub fn write(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    target: &WriteTarget,
    mut input: RecordInput,
    precondition: &Precondition,
    today: Date,
) -> TxResult<WriteOutcome> {
    let head = lock_target(tx, kind, target, &mut input)?;
    write_locked(tx, author, kind, target, head, input, precondition, today)
}
