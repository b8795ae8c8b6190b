//! What is so at the moment, looked up when it is asked for.

#[cfg(target_os = "linux")]
use super::process::Process;
use crate::db::{Conn, Count};
use crate::feed::import;
use crate::http::State;
use crate::registry::store;
use crate::webhooks::deliveries::store::{Lag, lag};
use prometheus::{Gauge, IntCounter, IntGauge, IntGaugeVec, Opts, Registry, Result};

/// What the database says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    head: i64,
    lag: Lag,
    now: i64,
}

/// Asks the database; nothing when it does not answer.
pub(super) async fn see(state: &State) -> Option<Seen> {
    let now = state.clock.now();
    let read = move |tx: &mut Conn| Ok(Seen { head: store::head(tx)?, lag: lag(tx, now)?, now });
    state.db.read_long(read).await.ok()
}

/// The figures of the moment.
pub(super) struct Present {
    up: IntGauge,
    head: IntGauge,
    pending: IntGauge,
    oldest: Gauge,
    connections: IntGaugeVec,
    most: IntGaugeVec,
    waiting: IntGauge,
    queued: IntGauge,
    groups: IntCounter,
    writes: IntCounter,
    refused: IntCounter,
    replica: [IntCounter; 2],
    imports: IntGauge,
    #[cfg(target_os = "linux")]
    process: Process,
}

impl Present {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, about| super::register(registry, IntGauge::new(name, about)?);
        let counter = |name, about| super::register(registry, IntCounter::new(name, about)?);
        let by = |name, about, labels: &[&str]| {
            super::register(registry, IntGaugeVec::new(Opts::new(name, about), labels)?)
        };
        Ok(Self {
            up: gauge("kakehashi_database_up", "1 if the database has just answered, or else 0.")?,
            head: gauge("kakehashi_feed_head_seq", "The number of the newest change in the log.")?,
            pending: gauge(
                "kakehashi_webhook_deliveries_pending",
                "Deliveries not yet made, of webhooks in use.",
            )?,
            oldest: super::register(
                registry,
                Gauge::new(
                    "kakehashi_webhook_lag_seconds",
                    "For how long the oldest delivery has been due, in seconds; 0 when none is.",
                )?,
            )?,
            connections: by(
                "kakehashi_database_connections",
                "Open connections of a pool, used or idle.",
                &["pool", "state"],
            )?,
            most: by("kakehashi_database_connections_max", "The most connections of a pool.", &["pool"])?,
            waiting: gauge("kakehashi_database_waiting", "Requests that wait for a connection.")?,
            queued: gauge("kakehashi_write_queue_length", "Writes that wait for the one writer of SQLite.")?,
            groups: counter("kakehashi_write_groups_total", "Commits of groups of writes.")?,
            writes: counter("kakehashi_grouped_writes_total", "Writes that were committed in groups.")?,
            refused: counter(
                "kakehashi_writes_refused_total",
                "Writes refused (503), since too many waited.",
            )?,
            replica: [
                counter("kakehashi_replica_reads_total", "Reads that the replica answered.")?,
                counter(
                    "kakehashi_replica_reads_passed_total",
                    "Reads that the replica could not answer, or must not: the primary did.",
                )?,
            ],
            imports: gauge("kakehashi_imports_running", "Imports that are running.")?,
            #[cfg(target_os = "linux")]
            process: Process::new(registry)?,
        })
    }

    /// Writes down what is so. What the database does not tell keeps its value.
    pub(super) fn note(&self, count: &Count, seen: Option<&Seen>) {
        self.up.set(i64::from(seen.is_some()));
        if let Some(seen) = seen {
            self.head.set(seen.head);
            self.pending.set(seen.lag.pending);
            let late = seen.lag.oldest.map_or(0, |due| u64::try_from(seen.now - due).unwrap_or_default());
            self.oldest.set(std::time::Duration::from_micros(late).as_secs_f64());
        }
        for pool in &count.pools {
            self.connections.with_label_values(&[pool.pool, "used"]).set(pool.used.into());
            self.connections.with_label_values(&[pool.pool, "idle"]).set(pool.idle.into());
            self.most.with_label_values(&[pool.pool]).set(pool.most.into());
        }
        self.waiting.set(count.waiting);
        self.queued.set(count.queued);
        let counters =
            [(&self.groups, count.groups), (&self.writes, count.writes), (&self.refused, count.refused)];
        for (counter, total) in counters.into_iter().chain(self.replica.iter().zip(count.replica)) {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        self.imports.set(import::running());
        #[cfg(target_os = "linux")]
        self.process.look();
    }
}
