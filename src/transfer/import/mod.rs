//! Bulk import of records in any order: references may point forward and form cycles.
//!
//! The body is spooled to a temporary file (`spool`), ordered so that references point backwards (`order`)
//! and written in batches (`run`); the result of each record goes to the report (`report`). Memory holds a
//! few dozen bytes for each record, never the records.
//!
//! Never belongs here: HTTP, the rules of a kind.

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
