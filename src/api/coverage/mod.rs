//! Mod.

pub mod handlers;
pub mod openapi;
