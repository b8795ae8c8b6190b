//! No-op writes are detected on a read connection, so that they are answered without queueing for the
//! writer.

use super::adoption::adopt;
use super::outcome::WriteOutcome;
use super::patch::RecordPatch;
use super::precondition::Precondition;
use super::prepare::{WriteContext, prepare};
use super::target::WriteTarget;
use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::records::author::Author;
use crate::records::find::find;
use crate::records::input::RecordInput;
use crate::records::record_key::RecordKey;
use crate::store::records::RecordRow;
use crate::util::clock::Clock;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// A write that may change nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoOpCheck<'a> {
    /// The author.
    pub author: &'a Author,
    /// The kind.
    pub kind: Kind,
    /// The key of the record.
    pub key: &'a RecordKey,
    /// The preconditions.
    pub precondition: &'a Precondition,
    /// The day (UTC).
    pub today: Date,
    /// The clock.
    pub clock: &'a Clock,
}

impl NoOpCheck<'_> {
    /// Returns the outcome of a patch that changes nothing; none where it may change something, or is
    /// refused.
    pub fn check_patch(self, tx: &mut Conn, patch: &RecordPatch) -> TxResult<Option<WriteOutcome>> {
        let Some((head, was)) = self.find_writable(tx, true)? else { return Ok(None) };
        let was = patch.target_document(tx, &head, was, false, self.clock)?;
        let body = patch.apply(was.clone()).ok().filter(|body| *body == was);
        match body.map(|body| RecordInput::read(self.kind, body, None)) {
            Some(Ok(input)) => self.unchanged_outcome(tx, head, input),
            _ => Ok(None),
        }
    }

    /// As [`NoOpCheck::check_patch`], for a body that replaces the record.
    pub fn check_replacement(self, tx: &mut Conn, input: &RecordInput) -> TxResult<Option<WriteOutcome>> {
        let is_by_id = matches!(self.key, RecordKey::Id(_));
        let Some((head, was)) = self.find_writable(tx, is_by_id)? else { return Ok(None) };
        let members = input.content.to_json();
        let is_kept = |(name, value): (&String, &Value)| was.get(name) == Some(value);
        if !members.as_object().is_some_and(|members| members.iter().all(is_kept)) {
            return Ok(None);
        }
        self.unchanged_outcome(tx, head, input.clone())
    }

    /// Returns the live record and its members, where the precondition, which may be `needed`, allows a
    /// write.
    fn find_writable(self, tx: &mut Conn, needed: bool) -> TxResult<Option<(RecordRow, Map<String, Value>)>> {
        let head = find(tx, self.kind, self.key)?.filter(|head| !head.is_deleted());
        let head = head.filter(|head| self.precondition.ensure(head, needed).is_ok());
        Ok(match head {
            Some(head) => {
                let members = stored_content::record_members(&head)?;
                Some((head, members))
            }
            None => None,
        })
    }

    fn unchanged_outcome(
        self,
        tx: &mut Conn,
        head: RecordRow,
        input: RecordInput,
    ) -> TxResult<Option<WriteOutcome>> {
        let target = WriteTarget::Replace(self.key.clone(), head.id);
        detect_no_op(tx, self.author, self.kind, &target, head, input, self.precondition, self.today)
    }
}

/// Returns the outcome of a write that changes nothing; none where it would change something, or be
/// refused.
#[expect(clippy::too_many_arguments, reason = "those of `write`, and the row")]
pub fn detect_no_op(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    target: &WriteTarget,
    head: RecordRow,
    input: RecordInput,
    precondition: &Precondition,
    today: Date,
) -> TxResult<Option<WriteOutcome>> {
    let context = WriteContext { author, kind, target, precondition, today, adopt };
    match prepare(tx, context, Some(head), input) {
        Ok(writing) => Ok(writing.outcome_if_unchanged()),
        Err(TxError::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
