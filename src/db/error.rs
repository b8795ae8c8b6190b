//! What a statement's failure means to a caller.

use crate::error::{Code, Problem};
use diesel::result::{DatabaseErrorKind, Error};

/// How work inside a transaction ends without a result.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused.
    Refused(Problem),
    /// The database failed.
    Database(Error),
}

/// The result of work inside a transaction.
pub type Outcome<T> = Result<T, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// Whether the same work may succeed when it runs again: a lost race, after which its own checks see the winner.
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

    /// The problem to answer with. What the database said is logged, never sent.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => problem,
            Self::Database(error) => {
                log::error!("database: {error}");
                let logic = matches!(
                    error,
                    Error::SerializationError(_)
                        | Error::DeserializationError(_)
                        | Error::QueryBuilderError(_)
                );
                Problem::new(if logic { Code::Internal } else { Code::Unavailable })
            }
        }
    }
}
