//! Serving: from an open database to the last request that was accepted.

use super::{Error, open};
use crate::clock::Clock;
use crate::config::Serve;
use crate::db::Create;
use crate::feed::founding;
use crate::http::State;
use crate::server;
use crate::webhooks;
use futures_util::future::{self, Either};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Serves until a signal ends it.
pub(super) async fn serve(settings: &Serve) -> Result<(), Error> {
    let mut db = open(&settings.database, Create::IfMissing).await?;
    let clock = Clock::default();
    if let Some(url) = &settings.replica.url {
        let bound = Duration::from_millis(settings.replica.lag);
        db = db.with_replica(url, settings.database.connections, bound)?;
    }
    if !settings.no_founding_data
        && let Some(summary) = founding::found(&db, &clock).await?
    {
        eprintln!(
            "The registry was empty: {} records of the founding dataset are in it now.",
            summary.counts.created
        );
    }
    let state = State::new(db, clock).await?.private_webhooks(settings.webhooks_allow_private);
    let (server, address) = server::start(settings, state.clone())
        .map_err(|error| Error::Io(settings.listen.to_string(), error))?;
    eprintln!("Kakehashi listens on http://{address}");
    eprintln!("  read     http://{address}/v1/rencontres   (all collections: http://{address}/)");
    eprintln!("  explore  http://{address}/docs/");
    eprintln!(
        "  write    make a key: kakehashi keys create --name me --origin my-organisation --scope write"
    );
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
