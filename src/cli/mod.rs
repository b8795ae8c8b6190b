//! The command line, a file per command. Results go to standard output, everything else to standard error.
//!
//! No HTTP, no SQL and no rules of records here.

pub mod args;
mod backup;
mod database;
mod export;
mod import;
mod keys;
mod output;
pub mod run;
mod serve;
mod verify;
