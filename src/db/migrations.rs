//! Runs diesel migrations when a database is opened, one instance at a time.
//!
//! SQLite and PostgreSQL have a set each, with the same names.

use super::conn::Conn;
use super::pool::OpenError;
use super::schema::settings;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Migrations, and the wait for another instance's, have no timeout.
const DISABLE_TIMEOUTS: &str = "SET statement_timeout = 0; SET lock_timeout = 0";

/// The number is arbitrary, but the same in every instance: one migrates, the others wait.
const ACQUIRE_LOCK: &str = "SELECT pg_advisory_lock(7452236)";

/// Requests served by other instances must not queue for long behind a migration that waits for a lock.
const LIMIT_LOCK_WAIT: &str = "SET lock_timeout = '5s'";
const RELEASE_LOCK: &str = "SELECT pg_advisory_unlock(7452236)";

/// Runs the pending migrations.
pub(super) fn run(connection: &mut Conn) -> Result<(), OpenError> {
    if let Conn::Postgres(postgres) = connection {
        // Even reading the applied migrations creates diesel's table, so this waits for the lock too.
        for statement in [DISABLE_TIMEOUTS, ACQUIRE_LOCK, LIMIT_LOCK_WAIT] {
            postgres.batch_execute(statement).map_err(migration_error)?;
        }
    }
    if let Some(unknown) = find_unknown(connection).map_err(migration_error)? {
        return Err(OpenError::Newer(unknown));
    }
    match connection {
        Conn::Sqlite(sqlite) => {
            sqlite.run_pending_migrations(SQLITE_MIGRATIONS).map(drop).map_err(migration_error)?;
        }
        Conn::Postgres(postgres) => {
            postgres.run_pending_migrations(POSTGRES_MIGRATIONS).map_err(migration_error)?;
            postgres.batch_execute(RELEASE_LOCK).map_err(migration_error)?;
        }
    }
    create_setting(connection, "cursor_key").map_err(migration_error)?;
    create_setting(connection, "epoch").map_err(migration_error)
}

/// Returns the newest applied migration that this program does not know: a later version has run it.
fn find_unknown(connection: &mut Conn) -> diesel::migration::Result<Option<String>> {
    let (known, applied) = match connection {
        Conn::Sqlite(sqlite) => {
            let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE_MIGRATIONS)?;
            let known: Vec<String> =
                known.iter().map(|migration| migration.name().version().to_string()).collect();
            (known, sqlite.applied_migrations()?)
        }
        Conn::Postgres(postgres) => {
            let known = MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES_MIGRATIONS)?;
            let known: Vec<String> =
                known.iter().map(|migration| migration.name().version().to_string()).collect();
            (known, postgres.applied_migrations()?)
        }
    };
    let applied = applied.iter().map(ToString::to_string);
    Ok(applied.filter(|version| !known.contains(version)).max())
}

/// Reverts all migrations and runs them again.
pub(super) fn redo(connection: &mut Conn) -> Result<(), OpenError> {
    run(connection)?;
    match connection {
        Conn::Sqlite(sqlite) => sqlite.revert_all_migrations(SQLITE_MIGRATIONS).map(drop),
        Conn::Postgres(postgres) => postgres.revert_all_migrations(POSTGRES_MIGRATIONS).map(drop),
    }
    .map_err(migration_error)?;
    run(connection)
}

/// Inserts a random setting unless it exists: the signing key of cursors, or the epoch of the change log.
fn create_setting(connection: &mut Conn, name: &str) -> QueryResult<()> {
    let existing =
        settings::table.find(name).select(settings::value).first::<String>(connection).optional()?;
    if existing.is_none() {
        let row = (settings::name.eq(name), settings::value.eq(crate::util::random::random_secret()));
        match diesel::insert_into(settings::table).values(row).execute(connection) {
            Ok(_)
            | Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _,
            )) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn migration_error(error: impl std::fmt::Display) -> OpenError {
    OpenError::Migrate(error.to_string())
}
