//! `/v1/webhooks` and their deliveries.

mod deliveries;
mod handlers;
pub mod input;
pub mod openapi;
pub mod routes;
mod webhook_request;
