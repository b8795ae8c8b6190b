//! Mod.

pub mod handlers;
pub mod openapi;
pub mod schemas;
mod tables;
