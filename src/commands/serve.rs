//! Serving: from an open database to the last request that was accepted.

use super::{Error, open};
use crate::clock::Clock;
use crate::config::Serve;
use crate::db::{self, Create};
use crate::feed::founding;
use crate::http::State;
use crate::logging::Format;
use crate::server;
use crate::webhooks;
use futures_util::future::{self, Either};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until a signal ends it.
pub(super) async fn serve(settings: &Serve) -> Result<(), Error> {
    let operations = &settings.operations;
    if operations.slow_query > 0 {
        db::log_slow(Duration::from_millis(operations.slow_query.into()));
    }
    // For people it is said; a program that reads the log gets nothing but objects.
    let say = |line: &str| match operations.log_format {
        Format::Text => eprintln!("{line}"),
        Format::Json => log::info!("{}", line.trim_start()),
    };
    let mut db = open(&settings.database, Create::IfMissing).await?;
    let clock = Clock::default();
    if let Some(url) = &settings.replica.url {
        let bound = Duration::from_millis(settings.replica.lag);
        db = db.with_replica(url, settings.database.connections, bound)?;
    }
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
    let (bell, drain, handle) = (state.bell.clone(), state.drain.clone(), server.handle());
    let patience = Duration::from_secs(settings.drain.into());
    tokio::spawn(async move {
        let end = ended().await;
        if end == End::Soon {
            drain.begin();
            // A second signal is in a hurry.
            future::select(Box::pin(tokio::time::sleep(patience)), Box::pin(ended())).await;
        }
        bell.close();
        handle.stop(end == End::Soon).await;
    });
    let worker = webhooks::start(state);
    let ended = server.await;
    worker.stop().await;
    ended.map_err(|error| Error::Io(address.to_string(), error))
}

/// How a signal ends the server.
#[derive(PartialEq, Eq)]
enum End {
    /// SIGTERM: what was accepted is finished.
    Soon,
    /// SIGINT, from a keyboard.
    Now,
}

/// Waits for a signal to end.
async fn ended() -> End {
    let (Ok(mut end), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return future::pending().await;
    };
    match future::select(Box::pin(end.recv()), Box::pin(interrupt.recv())).await {
        Either::Left(_) => End::Soon,
        Either::Right(_) => End::Now,
    }
}
