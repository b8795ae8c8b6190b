//! Webhooks (Standard Webhooks 1.0): who wants to hear of changes is told of each, from the change log.
//!
//! A webhook holds its position in the log. The worker moves it on and notes what is to be delivered in the same
//! transaction, leases what is due, sends it, and notes how that went; so every change makes one delivery for each
//! webhook that it concerns, whatever the number of processes, and one that died leaves only a lease that runs out.

pub mod delivery;
pub mod delivery_client;
pub mod delivery_queue;
pub mod delivery_store;
mod public_address;
pub mod signature;
pub mod webhook;
pub mod webhook_store;
pub mod worker;
