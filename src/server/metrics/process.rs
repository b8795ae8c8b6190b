//! Process metrics from procfs, on Linux.

use crate::http::request_metrics;
use prometheus::{Counter, Gauge, IntGauge, Registry, Result};

/// The metrics that Prometheus clients have under these names.
pub(super) struct ProcessMetrics {
    cpu_seconds: Counter,
    open_files: IntGauge,
    max_files: IntGauge,
    resident_bytes: IntGauge,
    virtual_bytes: IntGauge,
    threads: IntGauge,
    started: Gauge,
}

impl ProcessMetrics {
    pub(super) fn new(registry: &Registry) -> Result<Self> {
        let gauge = |name, about| request_metrics::register(registry, IntGauge::new(name, about)?);
        Ok(Self {
            cpu_seconds: request_metrics::register(
                registry,
                Counter::new("process_cpu_seconds_total", "User and system CPU time spent, in seconds.")?,
            )?,
            open_files: gauge("process_open_fds", "Open file descriptors.")?,
            max_files: gauge("process_max_fds", "The most file descriptors that may be open.")?,
            resident_bytes: gauge("process_resident_memory_bytes", "Memory that is resident, in bytes.")?,
            virtual_bytes: gauge("process_virtual_memory_bytes", "Virtual memory, in bytes.")?,
            threads: gauge("process_threads", "Threads.")?,
            started: request_metrics::register(
                registry,
                Gauge::new("process_start_time_seconds", "When the process started, in seconds since 1970.")?,
            )?,
        })
    }

    /// Updates the metrics. Those that cannot be read keep their value.
    pub(super) fn update(&self) {
        use procfs::process::{LimitValue, Process};
        use procfs::{WithCurrentSystemInfo as _, ticks_per_second};
        let Ok(process) = Process::myself() else { return };
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let seconds = |ticks: u64| to_f64(ticks) / to_f64(ticks_per_second());
        if let Ok(stat) = process.stat() {
            self.cpu_seconds.inc_by((seconds(stat.utime + stat.stime) - self.cpu_seconds.get()).max(0.0));
            self.resident_bytes.set(whole(stat.rss_bytes().get()));
            self.virtual_bytes.set(whole(stat.vsize));
            self.threads.set(stat.num_threads);
            if let Ok(boot) = procfs::boot_time_secs() {
                self.started.set(to_f64(boot) + seconds(stat.starttime));
            }
        }
        if let Ok(open) = process.fd_count() {
            self.open_files.set(i64::try_from(open).unwrap_or(i64::MAX));
        }
        if let Ok(limits) = process.limits()
            && let LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            self.max_files.set(whole(most));
        }
    }
}

fn to_f64(number: u64) -> f64 {
    std::time::Duration::from_secs(number).as_secs_f64()
}
