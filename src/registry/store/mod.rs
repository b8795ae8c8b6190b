//! The tables that every kind shares.

mod conflicts;
mod identifiers;
mod log;
pub mod projections;
mod records;
mod references;
mod versions;

pub use conflicts::*;
pub use identifiers::*;
pub use log::*;
pub use projections::*;
pub use records::*;
pub use references::*;
pub use versions::*;

use crate::clock;
use crate::db::types::Id;
use uuid::Uuid;

/// A new id for a record.
#[must_use]
pub fn new_record_id() -> Id {
    Id(clock::new_uuid())
}

/// The id of a UUID in text.
#[must_use]
pub fn parse_record_id(text: &str) -> Option<Id> {
    (text.len() == 36).then(|| Uuid::parse_str(text).ok().map(Id)).flatten()
}
