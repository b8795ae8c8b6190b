//! The tables, brought up to date when a database is opened. The two sets have the same names.

use super::conn::Conn;
use super::pool::OpenError;
use super::schema::settings;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel_migrations::EmbeddedMigrations;
use diesel_migrations::MigrationHarness;
use diesel_migrations::embed_migrations;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// A migration takes the time that it takes, and so does the wait for one.
const DISABLE_TIMEOUTS: &str = "SET statement_timeout = 0; SET lock_timeout = 0";

/// Any number, the same in every instance: one migrates, the others wait.
const ACQUIRE_LOCK: &str = "SELECT pg_advisory_lock(7452236)";

/// What serves beside a migration is not held up for long by what it waits for.
const LIMIT_LOCK_WAIT: &str = "SET lock_timeout = '5s'";
const RELEASE_LOCK: &str = "SELECT pg_advisory_unlock(7452236)";

/// Runs the migrations that are pending.
pub(super) fn run(connection: &mut Conn) -> Result<(), OpenError> {
    if let Conn::Postgres(postgres) = connection {
        // Even looking at what was applied makes the table of migrations, so this too waits for whoever migrates.
        for statement in [DISABLE_TIMEOUTS, ACQUIRE_LOCK, LIMIT_LOCK_WAIT] {
            postgres.batch_execute(statement).map_err(migration_error)?;
        }
    }
    if let Some(unknown) = find_unknown(connection).map_err(migration_error)? {
        return Err(OpenError::Newer(unknown));
    }
    match connection {
        Conn::Sqlite(sqlite) => {
            sqlite.run_pending_migrations(SQLITE_MIGRATIONS).map(drop).map_err(migration_error)?
        }
        Conn::Postgres(postgres) => {
            postgres.run_pending_migrations(POSTGRES_MIGRATIONS).map_err(migration_error)?;
            postgres.batch_execute(RELEASE_LOCK).map_err(migration_error)?;
        }
    }
    create_setting(connection, "cursor_key").map_err(migration_error)?;
    create_setting(connection, "epoch").map_err(migration_error)
}

/// The newest migration of a database that this program does not know: a later version made it.
fn find_unknown(connection: &mut Conn) -> diesel::migration::Result<Option<String>> {
    let (known, applied) = match connection {
        Conn::Sqlite(sqlite) => {
            let known = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE_MIGRATIONS)?;
            let known: Vec<String> = known.iter().map(|one| one.name().version().to_string()).collect();
            (known, sqlite.applied_migrations()?)
        }
        Conn::Postgres(postgres) => {
            let known = MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES_MIGRATIONS)?;
            let known: Vec<String> = known.iter().map(|one| one.name().version().to_string()).collect();
            (known, postgres.applied_migrations()?)
        }
    };
    let applied = applied.iter().map(ToString::to_string);
    Ok(applied.filter(|version| !known.contains(version)).max())
}

/// Undoes every migration and runs them again.
pub(super) fn redo(connection: &mut Conn) -> Result<(), OpenError> {
    run(connection)?;
    match connection {
        Conn::Sqlite(sqlite) => sqlite.revert_all_migrations(SQLITE_MIGRATIONS).map(drop),
        Conn::Postgres(postgres) => postgres.revert_all_migrations(POSTGRES_MIGRATIONS).map(drop),
    }
    .map_err(migration_error)?;
    run(connection)
}

/// Draws a setting once for a database: the key of the cursors, and the epoch in which changes are numbered.
fn create_setting(connection: &mut Conn, name: &str) -> QueryResult<()> {
    let known = settings::table.find(name).select(settings::value).first::<String>(connection).optional()?;
    if known.is_none() {
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
