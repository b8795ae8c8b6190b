//! Many records at once, whatever their order: references may point forward, in circles too.
//!
//! The body is kept in a temporary file (`spool`), put into an order in which what is referred to comes
//! first (`plan`), and written in batches (`run`); what became of each record is kept as it comes (`report`).
//! Memory holds an entry of a few dozen bytes for each record, never the records.

pub mod decode;
mod id_map;
pub mod importer;
pub mod intake;
mod item;
pub mod job;
pub mod options;
mod order;
mod pending_changes;
pub mod report;
pub mod run;
pub mod spool;
