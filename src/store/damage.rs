//! Stored JSON that cannot be decoded, reported with the row that it belongs to.
//!
//! Damaged JSON is never shown, repaired or written over silently: the request fails, and the log names the
//! row.

use crate::db::types::Id;
use crate::domain::body_field::{self, BodyField, BodyPath};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use serde_json::{Map, Value};
use std::fmt;

/// Names a stored version of a record in reports of damage.
#[derive(Debug, Clone, Copy)]
pub struct StoredRowId<'a> {
    /// The name of the record's kind.
    pub kind: &'a str,
    /// The record's id.
    pub id: Id,
    /// The version.
    pub version: i64,
}

impl StoredRowId<'_> {
    /// Logs why the row is damaged, and returns the problem that names it.
    pub fn damage_problem(&self, why: impl fmt::Display) -> Problem {
        let record = self.to_string();
        log::error!("what is stored of {record} is damaged: {why}");
        Problem::new(ErrorCode::Damaged).with_arg("record", record)
    }

    /// Decodes a JSON column of the row.
    ///
    /// # Errors
    /// [`ErrorCode::Damaged`] when it cannot be decoded.
    pub fn parse_json<T: serde::de::DeserializeOwned>(&self, json: &str) -> Result<T> {
        serde_json::from_str(json).map_err(|error| self.damage_problem(error))
    }
}

impl fmt::Display for StoredRowId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, version {}", self.kind, self.id, self.version)
    }
}

/// Decodes the stored name of a record.
///
/// # Errors
/// [`ErrorCode::Damaged`] when it cannot be decoded.
pub fn parse_stored_name(kind: &str, id: Id, json: &str) -> Result<Text> {
    Text::from_json(json).map_err(|error| {
        log::error!("the stored name of {kind} {id} is damaged: {error}");
        Problem::new(ErrorCode::Damaged).with_arg("record", format_args!("{kind} {id}"))
    })
}

/// Removes a member from a stored content and decodes it.
///
/// # Errors
/// [`ErrorCode::Damaged`] when it cannot be decoded.
pub fn parse_stored_member<T: BodyField>(
    kind: Kind,
    id: Id,
    content: &mut Map<String, Value>,
    name: &str,
) -> Result<T> {
    let version = content.get("version").and_then(Value::as_i64).unwrap_or(0);
    let mut faults = FaultList::default();
    let read = T::read(body_field::take_member(content, name), &BodyPath::Root.key(name), &mut faults);
    read.ok_or_else(|| {
        StoredRowId { kind: kind.as_str(), id, version }.damage_problem(Problem::invalid(faults))
    })
}
