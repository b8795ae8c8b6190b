//! Mod.

pub mod endpoint;
pub mod gauges;
#[cfg(target_os = "linux")]
mod process;
