//! Everything of a registry in one file, the same from either database: records, history, keys.
//!
//! A file is lines of JSON, plain or compressed. The first says what it is ([`Header`]); then come the rows of the
//! [`tables`]; the last counts them and bears the digest of all lines before it, so that a cut or a change shows.

pub mod dump;
pub mod format;
pub mod restore;
pub mod tables;
