//! `/v1/gazetteer`: the local authorities of France and Japan.

pub mod handlers;
pub mod openapi;
