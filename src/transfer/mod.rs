//! Mod.

pub mod backup;
pub mod export;
pub mod import;
pub mod seed;
