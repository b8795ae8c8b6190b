//! `If-Match` and `If-None-Match` of a write, and which state of the record its author has seen.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::store::records::RecordRow;

/// Which state of the record the author of a write knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EditBasis {
    /// None: the body is the whole record as its author has it, and may lack what others added.
    #[default]
    Unknown,
    /// Only the members that it names change, and their current values are unknown to the author.
    NamedMembers,
    /// The current one, whatever it is: PATCH with `If-Match: *`. Identifiers of others excepted.
    AnyVersion,
    /// The current version, or the one that the body was made from.
    KnownVersion,
}

/// The preconditions of a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: one of these versions; an empty list is `*`.
    pub if_match: Option<Vec<i64>>,
    /// `If-None-Match`: none of these versions; an empty list is `*`, which allows no existing record.
    pub if_none_match: Option<Vec<i64>>,
    /// Which state the author knows.
    pub basis: EditBasis,
}

impl Precondition {
    /// No precondition, by an author who knows the current state.
    pub(super) fn any_version() -> Self {
        Self { if_match: Some(vec![]), if_none_match: None, basis: EditBasis::KnownVersion }
    }

    /// Checks the preconditions against an existing record; `needed` when the method requires one.
    ///
    /// # Errors
    /// 412; 428 when a required precondition is missing.
    pub(super) fn ensure(&self, head: &RecordRow, needed: bool) -> Result<(), Problem> {
        let covers = |versions: &Vec<i64>| versions.is_empty() || versions.contains(&head.version);
        let code = match &self.if_match {
            _ if self.if_none_match.as_ref().is_some_and(covers) => ErrorCode::PreconditionFailed,
            Some(versions) if !covers(versions) => ErrorCode::PreconditionFailed,
            None if needed => ErrorCode::PreconditionRequired,
            _ => return Ok(()),
        };
        Err(Problem::new(code).with_member("current_version", head.version))
    }
}
