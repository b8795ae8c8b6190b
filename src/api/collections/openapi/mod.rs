//! Mod.

pub mod history;
mod operations;
mod parameters;
pub mod schemas;
