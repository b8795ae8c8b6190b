//! Backup and restore of the whole registry in one file, portable between SQLite and PostgreSQL.
//!
//! Never belongs here: HTTP, the command line.

pub mod dump;
pub mod format;
pub mod restore;
pub mod tables;
