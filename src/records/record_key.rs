//! `Name` (`RecordKey`) with `parse`, `Display` — The key by which a path names a record: a UUID or `scheme:value`.

use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::gazetteer::identifiers::parse_identifier;

/// How a path names a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKey {
    /// By its UUID.
    Id(Id),
    /// By `scheme:value`.
    Identifier(Identifier),
}

impl RecordKey {
    /// The name in a path's segment.
    ///
    /// # Errors
    /// 404 when it is neither a UUID nor `scheme:value`.
    pub fn parse(segment: &str) -> Result<Self, Problem> {
        types::parse_record_id(segment)
            .map(Self::Id)
            .or_else(|| parse_identifier(segment).map(Self::Identifier))
            .ok_or_else(|| Problem::new(ErrorCode::NoSuchRecord).with_arg("id", segment))
    }
}

impl std::fmt::Display for RecordKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Identifier(identifier) => identifier.fmt(f),
        }
    }
}
