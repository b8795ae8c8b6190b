//! The tables that every kind shares.

mod identifiers;
mod log;
mod projections;
mod records;
mod references;

pub use identifiers::*;
pub use log::*;
pub use projections::*;
pub use records::*;
pub use references::*;

use crate::clock;
use crate::db::Conn;
use crate::db::schema::settings;
use crate::db::types::Id;
use diesel::prelude::*;
use uuid::Uuid;

/// A value that all instances over this database share.
///
/// # Errors
/// When the database fails.
pub fn setting(tx: &mut Conn, name: &str) -> QueryResult<Option<String>> {
    settings::table.find(name).select(settings::value).first(tx).optional()
}

/// A new id for a record.
#[must_use]
pub fn new_id() -> Id {
    Id(clock::new_id())
}

/// The id of a UUID in text.
#[must_use]
pub fn parse_id(text: &str) -> Option<Id> {
    (text.len() == 36).then(|| Uuid::parse_str(text).ok().map(Id)).flatten()
}
