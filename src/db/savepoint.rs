//! Work inside a transaction that can be undone alone.

use super::{Conn, Outcome, late};
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
    let waiting = late::so_far();
    tx.batch_execute("SAVEPOINT part")?;
    let result = work(tx)?;
    if kept(&result) {
        tx.batch_execute("RELEASE part")?;
    } else {
        tx.batch_execute("ROLLBACK TO part; RELEASE part")?;
        late::undone(waiting);
    }
    Ok(result)
}
