//! Runs part of a transaction in a savepoint that can be rolled back alone.

use super::conn::Conn;
use super::deferred;
use super::error::TxResult;
use diesel::connection::SimpleConnection;

/// Runs `work` in a savepoint, and rolls it back unless `should_keep` accepts the result.
///
/// The statements are written by hand, as in the SQLite writer: after a panic, diesel's nested transactions
/// would count the depth wrongly. An error rolls back nothing here, because it rolls back the whole
/// transaction.
pub fn with_savepoint<T>(
    tx: &mut Conn,
    work: impl FnOnce(&mut Conn) -> TxResult<T>,
    should_keep: impl FnOnce(&T) -> bool,
) -> TxResult<T> {
    let deferred_before = deferred::mark();
    tx.batch_execute("SAVEPOINT part")?;
    let result = work(tx)?;
    if should_keep(&result) {
        tx.batch_execute("RELEASE part")?;
    } else {
        tx.batch_execute("ROLLBACK TO part; RELEASE part")?;
        deferred::roll_back_to(deferred_before);
    }
    Ok(result)
}
