//! `Conn`, a diesel connection to either database.
#![expect(missing_docs, reason = "the derive adds items without documentation")]

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::prelude::*;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// A connection to a PostgreSQL server.
    Postgres(PgConnection),
    /// A connection to an SQLite file.
    Sqlite(SqliteConnection),
}
