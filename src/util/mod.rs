//! Helpers that know nothing of the registry: clock, random values, hashes, signed cursors, truncated text.
//!
//! Never here: a type of the domain, SQL, HTTP.

pub mod clock;
pub mod cursor;
pub mod hash;
pub mod random;
pub mod truncate;
