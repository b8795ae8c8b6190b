//! What the command line does. Results go to standard output, everything else to standard error.

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
