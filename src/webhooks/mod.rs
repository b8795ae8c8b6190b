//! Webhooks (Standard Webhooks 1.0): deliveries of changes, from the change log to the receiver's answer.
//!
//! Never belongs here: endpoints, actix, request bodies (`api/webhooks/`).

pub mod delivery;
pub mod delivery_client;
mod delivery_queue;
pub mod delivery_store;
mod public_address;
pub mod signature;
pub mod webhook;
pub mod webhook_store;
pub mod worker;
