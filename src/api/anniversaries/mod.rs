//! Mod.

mod calendar;
pub mod handlers;
pub mod openapi;
mod table;
