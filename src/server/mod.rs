//! What is put together once: settings, state, routes, middleware order, OpenAPI document, log, metrics
//! endpoint.
//!
//! Never here: the logic of an endpoint.

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
