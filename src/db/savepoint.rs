//! Work inside a transaction that can be undone alone.

use super::{Conn, Outcome};
use diesel::connection::SimpleConnection;

/// Runs `work`, and undoes what it wrote unless its result is to be `kept`.
///
/// The statements are ours, as in the writer: diesel's nested transactions would count a depth that a panic leaves
/// wrong. A failure of the database undoes nothing here, because it undoes the whole transaction.
///
/// # Errors
/// What `work` gives; when the database fails.
pub fn savepoint<T>(
    tx: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Outcome<T>,
    kept: impl FnOnce(&T) -> bool,
) -> Outcome<T> {
    tx.batch_execute("SAVEPOINT part")?;
    let result = work(tx)?;
    let end = if kept(&result) { "RELEASE part" } else { "ROLLBACK TO part; RELEASE part" };
    tx.batch_execute(end)?;
    Ok(result)
}
