//! If-Match and If-None-Match of a write.

use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::store::records::RecordRow;

/// What a write says that its author knows of the record as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EditBasis {
    /// Nothing: the body is the whole record as its author has it, and may lack what others added.
    #[default]
    Unknown,
    /// Only the members that it names change, but it does not say which values they have now.
    NamedMembers,
    /// It changes what it names on purpose, whatever is there (PATCH with `If-Match: *`); identifiers of others apart.
    AnyVersion,
    /// The version that is there, or the one that its body was made from.
    KnownVersion,
}

/// What the caller requires of the record before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: one of these versions; an empty list is any (`*`).
    pub if_match: Option<Vec<i64>>,
    /// `If-None-Match`: none of these versions; an empty list is any (`*`): there is no record yet.
    pub if_none_match: Option<Vec<i64>>,
    /// What it says that it knows of the record.
    pub basis: EditBasis,
}

impl Precondition {
    /// Of a write to whatever version is there, by somebody who knows it.
    pub(super) fn any_version() -> Self {
        Self { if_match: Some(vec![]), if_none_match: None, basis: EditBasis::KnownVersion }
    }

    /// Whether a record that exists may be written; `needed` when the method demands a precondition.
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
