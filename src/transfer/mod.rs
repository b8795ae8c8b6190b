//! Everything in or out at once: export, seed dataset, import, backup.
//!
//! Never belongs here: HTTP.

pub mod backup;
pub mod export;
pub mod import;
pub mod seed;
