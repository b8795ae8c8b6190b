//! The time limit of a statement. PostgreSQL has one. SQLite would offer its progress handler, which diesel does not
//! give and which cannot be set without `unsafe`; so the statements that can take long have a condition that is looked at
//! for each row of their outermost loop, and that fails once the time is over. The connection stays good.

use super::sql::{BindValue, SqlFragment};
use diesel::QueryResult;
use diesel::serialize;
use diesel::serialize::IsNull;
use diesel::serialize::Output;
use diesel::serialize::ToSql;
use diesel::sql_types::BigInt;
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;
use diesel::sqlite::SqliteConnection;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// What the failure of a statement that took too long says, in both databases.
const TIMEOUT_MESSAGES: [&str; 2] = ["statement timeout", "statement time limit"];

mod function {
    use crate::db::statement_timeout::BigInt;

    diesel::define_sql_function! {
        /// Whether a statement that began then, in milliseconds since 1970, may go on, if it may take so many.
        fn in_time(began: BigInt, most: BigInt) -> Integer;
    }
}

/// Whether a statement may go on.
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

/// Milliseconds since 1970.
fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(i64::MAX)
}

/// Lets statements on this connection take so long.
pub(super) fn register_time_limit(connection: &mut SqliteConnection, limit: Duration) -> QueryResult<()> {
    let limit = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
    function::in_time_utils::register_nondeterministic_impl(connection, move |began: i64, most: i64| {
        TimeLimitCheck(now_millis().saturating_sub(began) <= limit.min(most))
    })
}

impl SqlFragment {
    /// A condition that always holds, until the statement, which begins now, has taken too long: then it fails. It has
    /// to be the first of a `WHERE`, so that it is looked at for every row.
    #[must_use]
    pub fn time_limit() -> Self {
        Self::time_limit_of(Duration::MAX)
    }

    /// The same with a limit of its own, where that is shorter.
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

    /// The same, looked at for every row of the loop that reads `column`, for joins that multiply.
    #[must_use]
    pub fn time_limit_per_row(column: &'static str) -> Self {
        let sqlite = Self::new("in_time(")
            .bind(BindValue::Int(now_millis()))
            .sql(format!(" + 0 * ({column} IS NULL), "));
        Self::per_database(sqlite.bind(BindValue::Int(i64::MAX)).sql(")"), Self::new("1 = 1"))
    }
}

/// Whether this is what a database says of a statement that took too long.
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
