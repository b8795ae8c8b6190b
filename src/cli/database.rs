//! Opens the database of a command.

use super::output::CliError;
use crate::db::database::Db;
use crate::db::pool::CreateMode;
use crate::records::reindex;
use crate::server::settings::DatabaseSettings;
use std::time::Duration;

/// Opens a database, migrates it, and rebuilds the indexes of records if a migration requested it.
pub(super) async fn open_database(database: &DatabaseSettings, create: CreateMode) -> Result<Db, CliError> {
    let limit = Duration::from_millis(database.statement_timeout.into());
    let db = Db::open_with_timeout(&database.url, create, database.connections, limit)?;
    reindex::reindex_if_requested(&db).await?;
    Ok(db)
}
