//! Statement timeout for SQLite, as a condition checked for each row.
//!
//! PostgreSQL has a statement timeout. SQLite's progress handler is not offered by diesel and needs `unsafe`.
//! Instead, statements that may take long have a condition that is evaluated for each row of the outermost
//! loop and fails once the time is up. The connection stays usable.

use super::sql::{BindValue, SqlFragment};
use diesel::QueryResult;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Integer};
use diesel::sqlite::{Sqlite, SqliteConnection};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Parts of the error messages of a timeout: PostgreSQL's, and ours for SQLite.
const TIMEOUT_MESSAGES: [&str; 2] = ["statement timeout", "statement time limit"];

mod function {
    use crate::db::statement_timeout::BigInt;

    diesel::define_sql_function! {
        /// Returns 1, or fails if a statement that began at `began`, in milliseconds since 1970, has taken
        /// longer than `most` milliseconds.
        fn in_time(began: BigInt, most: BigInt) -> Integer;
    }
}

/// Whether a statement is within its time limit.
#[derive(Debug)]
struct TimeLimitCheck(bool);

impl ToSql<Integer, Sqlite> for TimeLimitCheck {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        if !self.0 {
            return Err(TIMEOUT_MESSAGES[1].into());
        }
        out.set_value(1);
        Ok(IsNull::No)
    }
}

/// Returns the milliseconds since 1970.
fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(i64::MAX)
}

/// Defines the SQL function `in_time` on a connection, with a limit for every statement.
pub(super) fn register_time_limit(connection: &mut SqliteConnection, limit: Duration) -> QueryResult<()> {
    let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    function::in_time_utils::register_nondeterministic_impl(connection, move |began: i64, most: i64| {
        TimeLimitCheck(now_millis().saturating_sub(began) <= limit.min(most))
    })
}

impl SqlFragment {
    /// Makes a condition that holds until the statement, which begins now, has exceeded the statement
    /// timeout; then it fails. It must come first in the `WHERE` clause to be evaluated for every row.
    #[must_use]
    pub fn time_limit() -> Self {
        Self::time_limit_of(Duration::MAX)
    }

    /// Like [`Self::time_limit`], with a shorter limit.
    #[must_use]
    pub fn time_limit_of(most: Duration) -> Self {
        let most = i64::try_from(most.as_millis()).unwrap_or(i64::MAX);
        let sqlite = Self::new("in_time(")
            .bind(BindValue::Int(now_millis()))
            .sql(", ")
            .bind(BindValue::Int(most))
            .sql(")");
        Self::per_database(sqlite, Self::new("1 = 1"))
    }

    /// Like [`Self::time_limit`], evaluated for every row of the loop that reads `column`, for joins that
    /// multiply rows.
    #[must_use]
    pub fn time_limit_per_row(column: &'static str) -> Self {
        let sqlite = Self::new("in_time(")
            .bind(BindValue::Int(now_millis()))
            .sql(format!(" + 0 * ({column} IS NULL), "));
        Self::per_database(sqlite.bind(BindValue::Int(i64::MAX)).sql(")"), Self::new("1 = 1"))
    }
}

/// Whether a database message reports a timeout.
pub(super) fn is_timeout(message: &str) -> bool {
    TIMEOUT_MESSAGES.iter().any(|known| message.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::database::Db;
    use crate::db::pool::CreateMode;
    use crate::db::sql::Statement;
    use crate::domain::errors::codes::ErrorCode;

    #[tokio::test]
    async fn a_statement_that_takes_too_long_is_ended_and_its_connection_stays_good() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open_with_timeout(&url, CreateMode::IfMissing, 1, Duration::from_millis(50)).unwrap();
        let count = |rows: i64| {
            let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";
            let numbers =
                SqlFragment::new(numbers).bind(BindValue::Int(rows)).sql(") SELECT COUNT(*) FROM n WHERE ");
            let statement = numbers.append(SqlFragment::time_limit());
            move |tx: &mut crate::db::conn::Conn| {
                use diesel::RunQueryDsl as _;
                let count: i64 = Statement::<BigInt>::new(statement).get_result(tx)?;
                Ok(count)
            }
        };
        for _ in 0..6 {
            let began = std::time::Instant::now();
            assert_eq!(db.read_slow((), count(1 << 40)).await.unwrap_err().code, ErrorCode::TooExpensive);
            assert!(began.elapsed() < Duration::from_secs(10));
            assert_eq!(db.read_slow((), count(100)).await.unwrap(), 100);
        }
    }
}
