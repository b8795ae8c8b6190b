//! `TxResult` and `TxError`: maps database failures to problems (503, 400, 500).

use super::statement_timeout;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use diesel::result::{DatabaseErrorKind, Error};

/// Why a transaction has no result.
#[derive(Debug)]
pub enum TxError {
    /// The request is refused with this problem.
    Refused(Problem),
    /// The database failed.
    Database(Error),
}

/// The result of a closure that runs in a transaction.
pub type TxResult<T> = Result<T, TxError>;

impl From<Problem> for TxError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Error> for TxError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl TxError {
    /// Whether the same work may succeed when it is run again: after a deadlock or a violated constraint, its
    /// own checks see what the other transaction wrote.
    pub(super) fn is_transient(&self) -> bool {
        use DatabaseErrorKind::{ForeignKeyViolation, SerializationFailure, UniqueViolation};
        match self {
            Self::Database(Error::DatabaseError(
                UniqueViolation | ForeignKeyViolation | SerializationFailure,
                _,
            )) => true,
            Self::Database(Error::DatabaseError(_, info)) => info.message().contains("deadlock detected"),
            _ => false,
        }
    }

    /// Whether the database refuses a value of the request, now and later.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Database(error) if error_code(error) == ErrorCode::BeyondLimits)
    }

    /// Returns the problem to answer with. The message of the database is logged, never sent.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => problem,
            Self::Database(Error::DatabaseError(_, info))
                if statement_timeout::is_timeout(info.message()) =>
            {
                log::warn!("database: {}", info.message());
                Problem::new(ErrorCode::TooExpensive)
            }
            Self::Database(error) => {
                log::error!("database: {error}");
                Problem::new(error_code(&error))
            }
        }
    }
}

/// Parts of database messages that speak of a temporary failure: the same request may succeed later (503).
const TRANSIENT_MESSAGES: [&str; 28] = [
    // SQLite
    "database is locked",
    "database table is locked",
    "database schema has changed",
    "database or disk is full",
    "disk I/O error",
    "interrupted",
    "locking protocol",
    "unable to open database file",
    "attempt to write a readonly database",
    // Both
    "out of memory",
    // PostgreSQL: classes 08, 40, 53, 55, 57, 58
    "canceling statement due to",
    "canceling authentication due to",
    "terminating connection",
    "terminating background worker",
    "could not serialize access",
    "deadlock detected",
    "could not obtain lock",
    "the database system is",
    "remaining connection slots",
    "too many connections",
    "too many clients",
    "out of shared memory",
    "No space left on device",
    "could not extend file",
    "could not write",
    "could not resize shared memory",
    "server closed the connection",
    "current transaction is aborted",
];

/// Parts of database messages that speak of a value, or of too many: the same request will fail again (400).
const PERMANENT_MESSAGES: [&str; 18] = [
    // SQLite
    "string or blob too big",
    "too many SQL variables",
    "Expression tree is too large",
    "too many terms in compound SELECT",
    "parser stack overflow",
    "datatype mismatch",
    "integer overflow",
    "pattern too complex",
    // PostgreSQL: classes 22 and 54
    "index row size",
    "index row requires",
    "invalid byte sequence",
    "unsupported Unicode escape sequence",
    "out of range",
    "value too long",
    "stack depth limit exceeded",
    "number of parameters must be between",
    "invalid memory alloc request size",
    "Cannot enlarge string buffer",
];

/// Returns the error code for a failure: 503 only if the request may succeed later. diesel does not pass on
/// the databases' error codes, so the messages decide; `pool.rs` asks PostgreSQL for English ones.
fn error_code(error: &Error) -> ErrorCode {
    use DatabaseErrorKind::{
        ClosedConnection, ForeignKeyViolation, ReadOnlyTransaction, SerializationFailure,
        UnableToSendCommand, UniqueViolation,
    };
    let Error::DatabaseError(kind, info) = error else {
        let is_lost = matches!(
            error,
            Error::BrokenTransactionManager
                | Error::RollbackErrorOnCommit { .. }
                | Error::RollbackTransaction
        );
        return if is_lost { ErrorCode::Unavailable } else { ErrorCode::Internal };
    };
    let says = |words: &[&str]| {
        let texts = [Some(info.message()), info.details()];
        texts.into_iter().flatten().any(|text| words.iter().any(|word| text.contains(word)))
    };
    match kind {
        _ if says(&PERMANENT_MESSAGES) => ErrorCode::BeyondLimits,
        // A race lost on every attempt, or a lost connection.
        UniqueViolation | ForeignKeyViolation | SerializationFailure | ClosedConnection
        | ReadOnlyTransaction | UnableToSendCommand => ErrorCode::Unavailable,
        _ if says(&TRANSIENT_MESSAGES) => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(kind: DatabaseErrorKind, message: &str) -> ErrorCode {
        TxError::Database(Error::DatabaseError(kind, Box::new(message.to_owned()))).into_problem().code
    }

    #[test]
    fn only_what_may_succeed_later_is_unavailable() {
        use DatabaseErrorKind::{ClosedConnection, NotNullViolation, UnableToSendCommand, Unknown};
        for (kind, message, code) in [
            (Unknown, "canceling statement due to lock timeout", ErrorCode::Unavailable),
            (Unknown, "database is locked", ErrorCode::Unavailable),
            (Unknown, "database or disk is full", ErrorCode::Unavailable),
            (Unknown, "could not extend file \"base/1/2\": No space left on device", ErrorCode::Unavailable),
            (ClosedConnection, "gone", ErrorCode::Unavailable),
            (
                UnableToSendCommand,
                "number of parameters must be between 0 and 65535",
                ErrorCode::BeyondLimits,
            ),
            (Unknown, "index row size 4016 exceeds btree version 4 maximum 2704", ErrorCode::BeyondLimits),
            (Unknown, "Expression tree is too large (maximum depth 1000)", ErrorCode::BeyondLimits),
            (Unknown, "no such column: t.nothing", ErrorCode::Internal),
            (Unknown, "column t.nothing does not exist", ErrorCode::Internal),
            (NotNullViolation, "null value in column", ErrorCode::Internal),
        ] {
            assert_eq!(code_of(kind, message), code, "{message}");
        }
        assert_eq!(TxError::Database(Error::NotFound).into_problem().code, ErrorCode::Internal);
    }
}
