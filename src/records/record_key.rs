//! The key by which a path names a record: a UUID or `scheme:value`.

use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::gazetteer::identifiers::parse_identifier;

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordKey {
    /// Its UUID.
    Id(Id),
    /// One of its identifiers, `scheme:value`.
    Identifier(Identifier),
}

impl RecordKey {
    /// Parses a path segment.
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
