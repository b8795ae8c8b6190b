//! Mod.

pub mod app;
mod connection_limit;
mod docs;
pub mod logging;
pub mod metrics;
pub mod openapi;
mod routes;
pub mod run;
pub mod settings;
pub mod state;
