//! Mod.

pub mod handlers;
pub mod openapi;
mod table;
