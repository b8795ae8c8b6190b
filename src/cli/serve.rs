//! `kakehashi serve`: opens the database, starts the server, shuts it down on signals.

use super::database::open_database;
use super::output::CliError;
use crate::db::pool::CreateMode;
use crate::db::slow_queries;
use crate::server::logging::LogFormat;
use crate::server::run;
use crate::server::settings::ServerSettings;
use crate::server::state::ServerState;
use crate::transfer::seed;
use crate::util::clock::Clock;
use crate::webhooks::worker;
use futures_util::future::{self, Either};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until a signal ends it.
pub(super) async fn serve(settings: &ServerSettings) -> Result<(), CliError> {
    let operations = &settings.operations;
    if operations.slow_query > 0 {
        slow_queries::log_slow_statements(Duration::from_millis(operations.slow_query.into()));
    }
    // For people it is said; a program that reads the log gets nothing but objects.
    let say = |line: &str| match operations.log_format {
        LogFormat::Text => eprintln!("{line}"),
        LogFormat::Json => log::info!("{}", line.trim_start()),
    };
    let mut db = open_database(&settings.database, CreateMode::IfMissing).await?;
    let clock = Clock::default();
    if let Some(url) = &settings.replica.url {
        let bound = Duration::from_millis(settings.replica.lag);
        db = db.with_replica(url, settings.database.connections, bound)?;
    }
    if !settings.no_founding_data
        && let Some(summary) = seed::seed_if_empty(&db, &clock).await?
    {
        let count = summary.counts.created;
        say(&format!("The registry was empty: {count} records of the founding dataset are in it now."));
    }
    let state = ServerState::new(db, clock, settings).await?;
    let (server, address) = run::start(settings, state.clone())
        .map_err(|error| CliError::Io(settings.listen.to_string(), error))?;
    let metrics_address = run::start_metrics(settings, &state).map_err(|error| {
        CliError::Io(operations.metrics_listen.unwrap_or(settings.listen).to_string(), error)
    })?;
    if let Some(address) = metrics_address {
        say(&format!("What is measured is at http://{address}/metrics"));
    }
    say(&format!("Kakehashi listens on http://{address}"));
    say(&format!("  read     http://{address}/v1/rencontres   (all collections: http://{address}/)"));
    say(&format!("  explore  http://{address}/docs/"));
    say("  write    make a key: kakehashi keys create --name me --origin my-organisation --scope write");
    let (notifier, drain, handle) =
        (state.app.notifier.clone(), state.app.http.shutdown.clone(), server.handle());
    let patience = Duration::from_secs(settings.drain.into());
    tokio::spawn(async move {
        let end = wait_for_signal().await;
        if end == ShutdownKind::Graceful {
            drain.begin();
            // A second signal is in a hurry.
            future::select(Box::pin(tokio::time::sleep(patience)), Box::pin(wait_for_signal())).await;
        }
        notifier.close();
        handle.stop(end == ShutdownKind::Graceful).await;
    });
    let worker = worker::start(state.app.db, state.app.clock, settings.webhooks_allow_private);
    let ended = server.await;
    worker.stop().await;
    ended.map_err(|error| CliError::Io(address.to_string(), error))
}

/// How a signal ends the server.
#[derive(PartialEq, Eq)]
enum ShutdownKind {
    /// SIGTERM: what was accepted is finished.
    Graceful,
    /// SIGINT, from a keyboard.
    Immediate,
}

/// Waits for a signal to end.
async fn wait_for_signal() -> ShutdownKind {
    let (Ok(mut end), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return future::pending().await;
    };
    match future::select(Box::pin(end.recv()), Box::pin(interrupt.recv())).await {
        Either::Left(_) => ShutdownKind::Graceful,
        Either::Right(_) => ShutdownKind::Immediate,
    }
}
