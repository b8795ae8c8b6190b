//! Applies a JSON Merge Patch (RFC 7396, to the stored record) or a JSON Patch (RFC 6902, to the presented
//! one), then replaces the record.

use super::adoption::{adopt, find_or_adopt};
use super::create_or_replace::write;
use super::outcome::WriteOutcome;
use super::precondition::{EditBasis, Precondition};
use super::prepare::WriteContext;
use super::save::write_locked;
use super::target::{WriteTarget, check_identifiers_free};
use super::three_way_merge;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::json_patch::patch::JsonPatch;
use crate::domain::kind::Kind;
use crate::domain::merge_patch;
use crate::kinds::stored_content;
use crate::records::author::Author;
use crate::records::find::lock_live;
use crate::records::input::RecordInput;
use crate::records::read::presentation::{self, present_content};
use crate::records::record_key::RecordKey;
use crate::store::records::RecordRow;
use crate::util::clock::Clock;
use serde_json::{Map, Value};

/// A patch of a record.
#[derive(Debug, Clone)]
pub enum RecordPatch {
    /// RFC 7396: members given replace, null removes.
    MergePatch(Value),
    /// RFC 6902: operations, also inside lists.
    JsonPatch(JsonPatch),
}

impl RecordPatch {
    /// Returns whether it replaces the whole record.
    fn replaces_record(&self) -> bool {
        matches!(self, Self::JsonPatch(operations) if operations.replaces_document())
    }

    /// Returns the document that it applies to: the stored record, or its presented form for a JSON Patch,
    /// whose `test` is about what the client has seen. Read-only members are ignored afterwards, as in
    /// every body.
    pub(super) fn target_document(
        &self,
        tx: &mut Conn,
        head: &RecordRow,
        stored: Map<String, Value>,
        is_past: bool,
        clock: &Clock,
    ) -> TxResult<Value> {
        let kind = Kind::from_name(&head.kind).ok_or_else(|| Problem::new(ErrorCode::Internal))?;
        match self {
            Self::MergePatch(_) => Ok(stored.into()),
            Self::JsonPatch(_) if is_past => {
                Ok(present_content(tx, kind, head.location(), stored, clock)?.into())
            }
            Self::JsonPatch(_) => Ok(presentation::present_record(tx, kind, head, clock)?.into()),
        }
    }

    /// Applies the patch.
    ///
    /// # Errors
    /// 422 when it does not apply.
    pub(super) fn apply(&self, mut document: Value) -> Result<Value> {
        match self {
            Self::MergePatch(change) => merge_patch::apply(&mut document, change),
            Self::JsonPatch(operations) => {
                document = operations.apply(document).map_err(|fault| Problem::invalid(vec![fault]))?;
            }
        }
        Ok(document)
    }
}

/// Applies a patch to the record, or to its version `base` and what that changes to the record.
///
/// # Errors
/// As [`write()`]; 422 when the patch does not apply.
#[expect(
    clippy::too_many_arguments,
    reason = "a write takes who, what, onto what, and under which conditions"
)]
pub fn patch(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    key: &RecordKey,
    patch: &RecordPatch,
    precondition: &Precondition,
    base: Option<i64>,
    clock: &Clock,
) -> TxResult<WriteOutcome> {
    let today = clock.today();
    let (head, adopted) = find_or_adopt(tx, &author.provenance, kind, key, today)?;
    let head = lock_live(tx, kind, head)?;
    let id = head.id;
    precondition.ensure(&head, true)?;
    let stored = match base {
        Some(version) => three_way_merge::base_version(tx, &head, version)?,
        None => stored_content::record_members(&head)?,
    };
    let body = patch.apply(patch.target_document(tx, &head, stored, base.is_some(), clock)?)?;
    let read = if patch.replaces_record() { RecordInput::read_replacement } else { RecordInput::read };
    let input = read(kind, body, Some(&id.to_string())).map_err(Problem::invalid)?;
    let input = RecordInput { adoption_changes: adopted, ..input };
    let target = WriteTarget::Replace(RecordKey::Id(id), id);
    // What it changes it names. Only a body that takes the place of the whole may lack what its author does not know.
    let knowledge = match precondition.basis {
        EditBasis::Unknown if !patch.replaces_record() => EditBasis::AnyVersion,
        knowledge => knowledge,
    };
    let precondition = &Precondition { basis: knowledge, ..precondition.clone() };
    if let Some(version) = base {
        let input = three_way_merge::merge_onto_current(
            tx,
            &author.provenance,
            kind,
            &RecordKey::Id(id),
            (version, false),
            input,
            today,
        )?;
        return write(tx, author, kind, &target, input, precondition, today);
    }
    check_identifiers_free(tx, kind, id, &input)?;
    let context = WriteContext { author, kind, target: &target, precondition, today, adopt };
    write_locked(tx, context, Some(head), input)
}
