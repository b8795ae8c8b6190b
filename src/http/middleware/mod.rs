//! Mod.

pub mod cache_layer;
pub mod observer;
pub mod request_scope;
