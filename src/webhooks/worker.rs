//! The worker: gives each webhook its turn, and makes the attempts. Every process has one.

use super::client::{Answer, Client};
use super::deliveries::{Delivery, store};
use super::store::Webhook;
use crate::error::Result;
use crate::http::State;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// How often to look for changes and for what is due.
const TICK: Duration = Duration::from_millis(500);
/// The most attempts at a time.
const AT_ONCE: usize = 64;
/// How often old deliveries are removed, in microseconds.
const HOUR: i64 = 3_600_000_000;

/// A worker that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct Handle {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Ends the worker once the attempts under way are made and written down.
    pub async fn stop(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            log::error!("the webhooks' worker had failed");
        }
    }
}

/// Starts the worker.
#[must_use]
pub fn start(state: State) -> Handle {
    let (stop, stopped) = watch::channel(());
    let client = Arc::new(Client::new(state.private_webhooks));
    let worker = Worker { state, client, attempts: JoinSet::new(), pruned_at: 0 };
    Handle { stop, task: tokio::spawn(worker.run(stopped)) }
}

struct Worker {
    state: State,
    client: Arc<Client>,
    attempts: JoinSet<()>,
    pruned_at: i64,
}

impl Worker {
    async fn run(mut self, mut stopped: watch::Receiver<()>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(problem) = self.work().await {
                log::debug!("webhooks wait: {problem}");
            }
            tokio::select! {
                _ = tick.tick() => {}
                Some(_) = self.attempts.join_next() => {}
                _ = stopped.changed() => break,
            }
            while self.attempts.try_join_next().is_some() {}
        }
        while self.attempts.join_next().await.is_some() {}
    }

    /// Gives a turn to each webhook for which there is something to do, while there is room for attempts.
    async fn work(&mut self) -> Result<()> {
        let now = self.state.clock.now();
        if now - self.pruned_at >= HOUR && !self.state.db.write(move |tx| Ok(store::prune(tx, now)?)).await? {
            self.pruned_at = now;
        }
        for id in self.state.db.primary().read(move |tx| Ok(store::waiting(tx, now)?)).await? {
            let most = i64::try_from(AT_ONCE.saturating_sub(self.attempts.len())).unwrap_or_default();
            if most == 0 {
                break;
            }
            let turn = self.state.db.write(move |tx| Ok(store::turn(tx, id, now, most)?)).await?;
            for (webhook, delivery) in turn
                .into_iter()
                .flat_map(|(webhook, due)| due.into_iter().map(move |one| (webhook.clone(), one)))
            {
                self.attempts.spawn(attempt(self.state.clone(), self.client.clone(), webhook, delivery));
            }
        }
        Ok(())
    }
}

/// Makes one attempt and writes down how it went. What cannot be written is attempted again when the lease is over.
async fn attempt(state: State, client: Arc<Client>, webhook: Webhook, delivery: Delivery) {
    let failed = |_| Answer { code: None, text: "the attempt failed".into() };
    let answer = match delivery.post(&webhook, state.clock.now()) {
        Ok(post) => tokio::task::spawn_blocking(move || client.post(&post)).await.unwrap_or_else(failed),
        Err(problem) => Answer { code: None, text: problem.to_string() },
    };
    let now = state.clock.now();
    let written = state.db.write(move |tx| Ok(store::conclude(tx, &delivery, &answer, now)?)).await;
    if let Err(problem) = written {
        log::warn!("an attempt at webhook {} was not written down: {problem}", webhook.id);
    }
}
