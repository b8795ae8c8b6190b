//! The change log as others follow it: pages, cursors, notifier, RPDE, reader positions, verification.
//!
//! Never belongs here: appending to the log (`store/changes.rs`), HTTP.

pub mod changes;
pub mod cursor;
pub mod empty_ranges;
pub mod notifier;
pub mod reader_positions;
pub mod rpde;
pub mod status;
pub mod verify;
