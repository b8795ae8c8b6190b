//! `GET /metrics`: the endpoint, gauges read at scrape time, and process metrics.

pub mod endpoint;
pub mod gauges;
#[cfg(target_os = "linux")]
mod process;
