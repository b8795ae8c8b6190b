//! The worker: gives each webhook its turn, and makes the attempts. Every process has one.

use super::delivery::Delivery;
use super::delivery_client::{AttemptResult, DeliveryClient};
use super::delivery_queue as delivery_store;
use super::webhook_store::Webhook;
use crate::api::state::AppState;
use crate::domain::errors::problem::Result;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// How often to look for changes and for what is due.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The most attempts at a time.
const MAX_CONCURRENT_ATTEMPTS: usize = 64;

/// How often old deliveries are removed, in microseconds.
const PRUNE_INTERVAL: i64 = 3_600_000_000;

/// A worker that runs; it ends when this is dropped.
#[derive(Debug)]
pub struct WorkerHandle {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl WorkerHandle {
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
pub fn start(state: AppState) -> WorkerHandle {
    let (stop, stopped) = watch::channel(());
    let client = Arc::new(DeliveryClient::new(state.allows_private_webhooks));
    let worker = DeliveryWorker { state, client, attempts: JoinSet::new(), pruned_at: 0 };
    WorkerHandle { stop, task: tokio::spawn(worker.run(stopped)) }
}

struct DeliveryWorker {
    state: AppState,
    client: Arc<DeliveryClient>,
    attempts: JoinSet<()>,
    pruned_at: i64,
}

impl DeliveryWorker {
    async fn run(mut self, mut stopped: watch::Receiver<()>) {
        let mut tick = tokio::time::interval(POLL_INTERVAL);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(problem) = self.dispatch_due().await {
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
    async fn dispatch_due(&mut self) -> Result<()> {
        let now = self.state.clock.now();
        if now - self.pruned_at >= PRUNE_INTERVAL
            && !self.state.db.write(move |tx| Ok(delivery_store::prune(tx, now)?)).await?
        {
            self.pruned_at = now;
        }
        for id in self.state.db.primary().read(move |tx| Ok(delivery_store::find_with_work(tx, now)?)).await?
        {
            let most = i64::try_from(MAX_CONCURRENT_ATTEMPTS.saturating_sub(self.attempts.len()))
                .unwrap_or_default();
            if most == 0 {
                break;
            }
            let leased =
                self.state.db.write(move |tx| Ok(delivery_store::lease_due(tx, id, now, most)?)).await?;
            for (webhook, delivery) in leased
                .into_iter()
                .flat_map(|(webhook, due)| due.into_iter().map(move |one| (webhook.clone(), one)))
            {
                self.attempts.spawn(attempt_delivery(
                    self.state.clone(),
                    self.client.clone(),
                    webhook,
                    delivery,
                ));
            }
        }
        Ok(())
    }
}

/// Makes one attempt and writes down how it went. What cannot be written is attempted again when the lease is
/// over.
async fn attempt_delivery(
    state: AppState,
    client: Arc<DeliveryClient>,
    webhook: Webhook,
    delivery: Delivery,
) {
    let failed = |_| AttemptResult { status_code: None, text: "the attempt failed".into() };
    let answer = match delivery.to_message(&webhook, state.clock.now()) {
        Ok(post) => tokio::task::spawn_blocking(move || client.send(&post)).await.unwrap_or_else(failed),
        Err(problem) => AttemptResult { status_code: None, text: problem.to_string() },
    };
    let now = state.clock.now();
    let written =
        state.db.write(move |tx| Ok(delivery_store::finish_attempt(tx, &delivery, &answer, now)?)).await;
    if let Err(problem) = written {
        log::warn!("an attempt at webhook {} was not written down: {problem}", webhook.id);
    }
}
