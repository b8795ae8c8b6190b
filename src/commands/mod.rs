//! What the command line does. Results go to standard output, everything else to standard error.

mod backup;
mod keys;
mod transfer;

use crate::clock::Clock;
use crate::config::{Cli, Command, Database, Feed, Serve};
use crate::db::{self, Create, Db, OpenError};
use crate::error::Problem;
use crate::feed::{founding, reindex, verify};
use crate::http::State;
use crate::logging::Format;
use crate::server;
use crate::vocabulary::language::Language;
use crate::webhooks;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The registry refuses.
    #[error("{}", told(.0))]
    Refused(#[from] Problem),
    /// A file or the network fails.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Said(String),
}

/// A problem with its faults, for a terminal.
fn told(problem: &Problem) -> String {
    let mut text = problem.to_string();
    for fault in &problem.faults {
        let _ = write!(text, "\n  {}", fault.json(Language::En));
    }
    text
}

/// Runs a command.
///
/// # Errors
/// Why it failed.
pub async fn run(cli: Cli) -> Result<(), Error> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(settings) => serve(&settings).await,
        Command::Migrate(database) => open(&database, Create::IfMissing).await.map(drop),
        Command::Keys { command } => keys::run(command).await,
        Command::Import(settings) => transfer::import_file(&settings).await,
        Command::Export { file, database } => transfer::export(file, &database).await,
        Command::Backup { file, database } => backup::backup(&file, &database).await,
        Command::Restore { file, replace, database } => backup::restore(&file, replace, &database).await,
        Command::Openapi => print(crate::openapi::text()),
        Command::Feed { command: Feed::Verify(database) } => verify_feed(&database).await,
    }
}

/// Opens a database and brings it up to date: its tables, and what is derived from the records.
async fn open(database: &Database, create: Create) -> Result<Db, Error> {
    let db = Db::open(&database.url, create, database.connections)?;
    reindex::where_asked(&db).await?;
    Ok(db)
}

fn print(text: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| Error::Io("standard output".into(), error))
}

async fn serve(settings: &Serve) -> Result<(), Error> {
    let operations = &settings.operations;
    if operations.slow_query > 0 {
        db::log_slow(Duration::from_millis(operations.slow_query.into()));
    }
    // For people it is said; a program that reads the log gets nothing but objects.
    let say = |line: &str| match operations.log_format {
        Format::Text => eprintln!("{line}"),
        Format::Json => log::info!("{}", line.trim_start()),
    };
    let db = open(&settings.database, Create::IfMissing).await?;
    let clock = Clock::default();
    if !settings.no_founding_data
        && let Some(summary) = founding::found(&db, &clock).await?
    {
        let count = summary.counts.created;
        say(&format!("The registry was empty: {count} records of the founding dataset are in it now."));
    }
    let state = State::new(db, clock)
        .await?
        .private_webhooks(settings.webhooks_allow_private)
        .keeping(settings.cache_size)
        .operated(operations);
    let bell = state.bell.clone();
    let (server, address) = server::start(settings, state.clone())
        .map_err(|error| Error::Io(settings.listen.to_string(), error))?;
    let measured = server::start_metrics(settings, &state).map_err(|error| {
        Error::Io(operations.metrics_listen.unwrap_or(settings.listen).to_string(), error)
    })?;
    if let Some(address) = measured {
        say(&format!("What is measured is at http://{address}/metrics"));
    }
    say(&format!("Kakehashi listens on http://{address}"));
    say(&format!("  read     http://{address}/v1/rencontres   (all collections: http://{address}/)"));
    say(&format!("  explore  http://{address}/docs/"));
    say("  write    make a key: kakehashi keys create --name me --origin my-organisation --scope write");
    tokio::spawn(async move {
        ended().await;
        bell.close();
    });
    let worker = webhooks::start(state);
    let ended = server.await;
    worker.stop().await;
    ended.map_err(|error| Error::Io(address.to_string(), error))
}

/// Waits for a signal to end; the server hears it by itself, those who wait for changes do not.
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut end), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    futures_util::future::select(Box::pin(end.recv()), Box::pin(interrupt.recv())).await;
}

async fn verify_feed(database: &Database) -> Result<(), Error> {
    let report = open(database, Create::Never).await?.read_long(verify::verify).await?;
    if report.errors.is_empty() {
        return print(&format!(
            "{} changes, {} records: the change log is true.",
            report.changes, report.records
        ));
    }
    let mut said = report.errors.join("\n");
    if report.more > 0 {
        let _ = write!(said, "\nand {} more", report.more);
    }
    Err(Error::Said(said))
}
