//! Work inside a transaction that can be undone alone.

use super::conn::Conn;
use super::deferred;
use super::error::TxResult;
use diesel::connection::SimpleConnection;

/// Runs `work`, and undoes what it wrote unless its result is to be `kept`.
///
/// The statements are ours, as in the writer: diesel's nested transactions would count a depth that a panic leaves
/// wrong. A failure of the database undoes nothing here, because it undoes the whole transaction.
///
/// # Errors
/// What `work` gives; when the database fails.
pub fn with_savepoint<T>(
    tx: &mut Conn,
    work: impl FnOnce(&mut Conn) -> TxResult<T>,
    kept: impl FnOnce(&T) -> bool,
) -> TxResult<T> {
    let waiting = deferred::mark();
    tx.batch_execute("SAVEPOINT part")?;
    let result = work(tx)?;
    if kept(&result) {
        tx.batch_execute("RELEASE part")?;
    } else {
        tx.batch_execute("ROLLBACK TO part; RELEASE part")?;
        deferred::roll_back_to(waiting);
    }
    Ok(result)
}
