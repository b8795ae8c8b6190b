//! Gauges read at scrape time: database, change log, deliveries, imports.

use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::stats::DbStats;
use crate::http::request_metrics;
#[cfg(target_os = "linux")]
use crate::server::metrics::process::ProcessMetrics;
use crate::store::changes;
use crate::transfer::import::run;
use crate::webhooks::delivery_store::{DeliveryLag, read_lag};
use prometheus::{Gauge, IntCounter, IntGauge, IntGaugeVec, Opts, Registry, Result};

/// What the database answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatabaseFigures {
    latest_seq: i64,
    webhook_lag: DeliveryLag,
    now: i64,
}

/// Reads the change log and the deliveries; none when the database does not answer.
pub(super) async fn read_figures(state: &AppState) -> Option<DatabaseFigures> {
    let now = state.clock.now();
    let read = move |tx: &mut Conn| {
        Ok(DatabaseFigures { latest_seq: changes::latest_seq(tx)?, webhook_lag: read_lag(tx, now)?, now })
    };
    state.db.read_long(read).await.ok()
}

/// The gauges.
pub struct Gauges {
    up: IntGauge,
    latest_seq: IntGauge,
    pending_deliveries: IntGauge,
    webhook_lag: Gauge,
    connections: IntGaugeVec,
    max_connections: IntGaugeVec,
    waiting_requests: IntGauge,
    queued_writes: IntGauge,
    write_groups: IntCounter,
    grouped_writes: IntCounter,
    refused_writes: IntCounter,
    replica_reads: [IntCounter; 2],
    running_imports: IntGauge,
    #[cfg(target_os = "linux")]
    process: ProcessMetrics,
}

impl Gauges {
    /// Registers the gauges.
    ///
    /// # Errors
    /// When a name is malformed or registered already.
    pub fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, about| request_metrics::register(registry, IntGauge::new(name, about)?);
        let counter = |name, about| request_metrics::register(registry, IntCounter::new(name, about)?);
        let by = |name, about, labels: &[&str]| {
            request_metrics::register(registry, IntGaugeVec::new(Opts::new(name, about), labels)?)
        };
        Ok(Self {
            up: gauge("kakehashi_database_up", "1 if the database has just answered, or else 0.")?,
            latest_seq: gauge("kakehashi_feed_head_seq", "The number of the newest change in the log.")?,
            pending_deliveries: gauge(
                "kakehashi_webhook_deliveries_pending",
                "Deliveries not yet made, of webhooks in use.",
            )?,
            webhook_lag: request_metrics::register(
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
            max_connections: by(
                "kakehashi_database_connections_max",
                "The most connections of a pool.",
                &["pool"],
            )?,
            waiting_requests: gauge("kakehashi_database_waiting", "Requests that wait for a connection.")?,
            queued_writes: gauge(
                "kakehashi_write_queue_length",
                "Writes that wait for the one writer of SQLite.",
            )?,
            write_groups: counter("kakehashi_write_groups_total", "Commits of groups of writes.")?,
            grouped_writes: counter(
                "kakehashi_grouped_writes_total",
                "Writes that were committed in groups.",
            )?,
            refused_writes: counter(
                "kakehashi_writes_refused_total",
                "Writes refused (503), since too many waited.",
            )?,
            replica_reads: [
                counter("kakehashi_replica_reads_total", "Reads that the replica answered.")?,
                counter(
                    "kakehashi_replica_reads_passed_total",
                    "Reads that the replica could not answer, or must not: the primary did.",
                )?,
            ],
            running_imports: gauge("kakehashi_imports_running", "Imports that are running.")?,
            #[cfg(target_os = "linux")]
            process: ProcessMetrics::new(registry)?,
        })
    }

    /// Sets the gauges. Those that the database does not answer keep their value.
    pub(super) fn update(&self, count: &DbStats, figures: Option<&DatabaseFigures>) {
        self.up.set(i64::from(figures.is_some()));
        if let Some(figures) = figures {
            self.latest_seq.set(figures.latest_seq);
            self.pending_deliveries.set(figures.webhook_lag.pending);
            let lag_micros = figures
                .webhook_lag
                .oldest_due_at
                .map_or(0, |due| u64::try_from(figures.now - due).unwrap_or_default());
            self.webhook_lag.set(std::time::Duration::from_micros(lag_micros).as_secs_f64());
        }
        for pool in &count.pools {
            self.connections.with_label_values(&[pool.pool, "used"]).set(pool.used.into());
            self.connections.with_label_values(&[pool.pool, "idle"]).set(pool.idle.into());
            self.max_connections.with_label_values(&[pool.pool]).set(pool.max.into());
        }
        self.waiting_requests.set(count.waiting);
        self.queued_writes.set(count.queued);
        let counters = [
            (&self.write_groups, count.groups),
            (&self.grouped_writes, count.writes),
            (&self.refused_writes, count.refused),
        ];
        for (counter, total) in counters.into_iter().chain(self.replica_reads.iter().zip(count.replica_reads))
        {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        self.running_imports.set(run::running_imports());
        #[cfg(target_os = "linux")]
        self.process.update();
    }
}
