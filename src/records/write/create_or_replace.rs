//! Entry point of a write: locks the target record, then prepares and saves it.

use super::adoption::adopt;
use super::outcome::WriteOutcome;
use super::precondition::Precondition;
use super::prepare::WriteContext;
use super::save::write_locked;
use super::target::{WriteTarget, lock_target};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::kind::Kind;
use crate::records::author::Author;
use crate::records::input::RecordInput;
use jiff::civil::Date;

/// Writes a record. The caller appends the returned changes to the log as the last statements of the
/// transaction.
///
/// # Errors
/// Every fault of the body (422), a failed precondition (412, 428), a conflict (409); nothing is written
/// then.
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
    write_locked(tx, WriteContext { author, kind, target, precondition, today, adopt }, head, input)
}
