//! Background worker: leases due deliveries, sends them, records the results. Every process runs one.
//!
//! A webhook has a position in the change log. One transaction advances it and enqueues deliveries, so that
//! each matching change becomes exactly one delivery, however many processes run. A process that dies leaves
//! leases that expire.

use super::delivery::Delivery;
use super::delivery_client::{AttemptResult, DeliveryClient};
use super::delivery_queue;
use super::webhook_store::Webhook;
use crate::db::database::Db;
use crate::domain::errors::problem::Result;
use crate::util::clock::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

/// How often to look for new changes and due deliveries.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The most concurrent attempts of a process.
const MAX_CONCURRENT_ATTEMPTS: usize = 64;

/// How often old deliveries are deleted, in microseconds: hourly.
const PRUNE_INTERVAL: i64 = 3_600_000_000;

/// A running worker; dropping the handle stops it.
#[derive(Debug)]
pub struct WorkerHandle {
    stop: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl WorkerHandle {
    /// Stops the worker after the attempts in flight have ended and been recorded.
    pub async fn stop(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            log::error!("the webhooks' worker had failed");
        }
    }
}

/// Starts the worker as a task of the current runtime.
#[must_use]
pub fn start(db: Db, clock: Clock, allows_private_addresses: bool) -> WorkerHandle {
    let (stop, stopped) = watch::channel(());
    let client = Arc::new(DeliveryClient::new(allows_private_addresses));
    let worker = DeliveryWorker { db, clock, client, attempts: JoinSet::new(), pruned_at: 0 };
    WorkerHandle { stop, task: tokio::spawn(worker.run(stopped)) }
}

/// The state of the worker's task.
struct DeliveryWorker {
    db: Db,
    clock: Clock,
    client: Arc<DeliveryClient>,
    attempts: JoinSet<()>,
    /// When old deliveries were last deleted, in microseconds since 1970.
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

    /// Leases and starts attempts for each webhook with something to do, up to the limit of concurrent
    /// attempts.
    async fn dispatch_due(&mut self) -> Result<()> {
        let now = self.clock.now();
        if now - self.pruned_at >= PRUNE_INTERVAL
            && !self.db.write(move |tx| Ok(delivery_queue::prune(tx, now)?)).await?
        {
            self.pruned_at = now;
        }
        for id in self.db.primary().read(move |tx| Ok(delivery_queue::find_with_work(tx, now)?)).await? {
            let limit = i64::try_from(MAX_CONCURRENT_ATTEMPTS.saturating_sub(self.attempts.len()))
                .unwrap_or_default();
            if limit == 0 {
                break;
            }
            let leased = self.db.write(move |tx| Ok(delivery_queue::lease_due(tx, id, now, limit)?)).await?;
            for (webhook, delivery) in leased
                .into_iter()
                .flat_map(|(webhook, due)| due.into_iter().map(move |delivery| (webhook.clone(), delivery)))
            {
                self.attempts.spawn(attempt_delivery(
                    self.db.clone(),
                    self.clock.clone(),
                    self.client.clone(),
                    webhook,
                    delivery,
                ));
            }
        }
        Ok(())
    }
}

/// Makes one attempt and records its result. A delivery whose result cannot be recorded is attempted again
/// when its lease expires.
async fn attempt_delivery(
    db: Db,
    clock: Clock,
    client: Arc<DeliveryClient>,
    webhook: Webhook,
    delivery: Delivery,
) {
    let panicked = |_| AttemptResult { status_code: None, text: "the attempt failed".into() };
    let answer = match delivery.to_message(&webhook, clock.now()) {
        Ok(message) => {
            tokio::task::spawn_blocking(move || client.send(&message)).await.unwrap_or_else(panicked)
        }
        Err(problem) => AttemptResult { status_code: None, text: problem.to_string() },
    };
    let now = clock.now();
    let recorded = db.write(move |tx| Ok(delivery_queue::finish_attempt(tx, &delivery, &answer, now)?)).await;
    if let Err(problem) = recorded {
        log::warn!("an attempt at webhook {} was not written down: {problem}", webhook.id);
    }
}
