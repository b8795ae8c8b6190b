//! Mod.

mod feed_request;
pub mod handlers;
pub mod openapi;
