//! One connection type for both databases.

use diesel::connection::SimpleConnection;
use diesel::connection::TransactionManager;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// A connection to a PostgreSQL server.
    Postgres(PgConnection),
    /// A connection to an SQLite file.
    Sqlite(SqliteConnection),
}
