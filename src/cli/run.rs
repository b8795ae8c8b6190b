//! Dispatches the command to its implementation.

use super::args::{Cli, Command, FeedCommand};
use super::database::open_database;
use super::output::{CliError, print_line};
use super::verify::verify_feed;
use super::{backup, export, import, keys, serve};
use crate::db::pool::CreateMode;

/// Runs the command that was given on the command line.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(settings) => serve::serve(&settings).await,
        Command::Migrate(database) => open_database(&database, CreateMode::IfMissing).await.map(drop),
        Command::Keys { command } => keys::run(command).await,
        Command::Import(settings) => import::import_file(&settings).await,
        Command::Export { file, database } => export::export(file, &database).await,
        Command::Backup { file, database } => backup::backup(&file, &database).await,
        Command::Restore { file, replace, database } => backup::restore(&file, replace, &database).await,
        Command::Openapi => print_line(crate::server::openapi::document_text()),
        Command::Feed { command: FeedCommand::Verify(database) } => verify_feed(&database).await,
    }
}
