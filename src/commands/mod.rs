//! What the command line does. Results go to standard output, everything else to standard error.

mod backup;
mod keys;
mod serve;
mod transfer;

use crate::config::{Cli, Command, DatabaseSettings, FeedCommand};
use crate::db::{CreateMode, Db, OpenError};
use crate::error::Problem;
use crate::feed::{reindex, verify};
use crate::vocabulary::language::Language;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The registry refuses.
    #[error("{}", format_problem(.0))]
    Refused(#[from] Problem),
    /// A file or the network fails.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Message(String),
}

/// A problem with its faults, for a terminal.
fn format_problem(problem: &Problem) -> String {
    let mut text = problem.to_string();
    for fault in problem.faults.reported() {
        let _ = write!(text, "\n  {}", fault.to_json(Language::En));
    }
    if problem.faults.omitted() > 0 {
        let _ = write!(text, "\n  and {} more", problem.faults.omitted());
    }
    text
}

/// Runs a command.
///
/// # Errors
/// Why it failed.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(settings) => serve::serve(&settings).await,
        Command::Migrate(database) => open_database(&database, CreateMode::IfMissing).await.map(drop),
        Command::Keys { command } => keys::run(command).await,
        Command::Import(settings) => transfer::import_file(&settings).await,
        Command::Export { file, database } => transfer::export(file, &database).await,
        Command::Backup { file, database } => backup::backup(&file, &database).await,
        Command::Restore { file, replace, database } => backup::restore(&file, replace, &database).await,
        Command::Openapi => print_line(crate::openapi::document_text()),
        Command::Feed { command: FeedCommand::Verify(database) } => verify_feed(&database).await,
    }
}

/// Opens a database and brings it up to date: its tables, and what is derived from the records.
async fn open_database(database: &DatabaseSettings, create: CreateMode) -> Result<Db, CliError> {
    let limit = Duration::from_millis(database.statement_timeout.into());
    let db = Db::open_with_timeout(&database.url, create, database.connections, limit)?;
    reindex::reindex_if_requested(&db).await?;
    Ok(db)
}

fn print_line(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| CliError::Io("standard output".into(), error))
}

async fn verify_feed(database: &DatabaseSettings) -> Result<(), CliError> {
    let report = open_database(database, CreateMode::Never).await?.read_long(verify::verify).await?;
    if report.errors.is_empty() {
        return print_line(&format!(
            "{} changes, {} records: the change log is true.",
            report.changes, report.records
        ));
    }
    let mut message = report.errors.join("\n");
    if report.omitted > 0 {
        let _ = write!(message, "\nand {} more", report.omitted);
    }
    Err(CliError::Message(message))
}
