//! Prepares a write: checks the precondition, resolves references, runs the rules, and builds the content to save.

use super::cited_values::preserve_cited_values;
use super::edit_conflicts;
use super::outcome::WriteOutcome;
use super::precondition::{EditBasis, Precondition};
use super::preserve::{cited_source, merge_citations, merge_identifiers};
use super::resolve_references::{AdoptFn, ReferenceResolver, ResolvedReferences};
use super::target::{RewriteReason, WriteTarget};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::body_field::{BodyField, BodyPath};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::kinds::definition::{Content, RuleContext};
use crate::kinds::stored_content;
use crate::kinds::validation::Validation;
use crate::records::author::Author;
use crate::records::input::{RecordInput, merge_faults};
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::identifiers;
use crate::store::records::RecordRow;
use crate::store::references::Reference;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// What a write is about, and under which conditions.
#[derive(Clone, Copy)]
pub(super) struct WriteContext<'a> {
    /// Who writes.
    pub(super) author: &'a Author,
    /// The kind of the record.
    pub(super) kind: Kind,
    /// Which record is written, and why.
    pub(super) target: &'a WriteTarget,
    /// What the caller requires of the record as it is.
    pub(super) precondition: &'a Precondition,
    /// The day of the write (UTC), for rules that look at dates.
    pub(super) today: Date,
    /// Creates records that references name by an official identifier.
    pub(super) adopt: AdoptFn,
}

/// Checks a write and resolves its references. Nothing is written, apart from records that references name by an
/// official identifier and that are created for it.
///
/// # Errors
/// All faults of the body together (422); a failed precondition (412, 428).
pub(super) fn prepare(
    tx: &mut Conn,
    context: WriteContext<'_>,
    head: Option<RecordRow>,
    mut input: RecordInput,
) -> TxResult<PreparedWrite> {
    let WriteContext { author, kind, target, precondition, today, .. } = context;
    let by_id = matches!(target, WriteTarget::Replace(RecordKey::Id(_), _));
    match &head {
        Some(head) => precondition.ensure(head, by_id)?,
        None if precondition.if_match.is_some() => {
            return Err(Problem::new(ErrorCode::PreconditionFailed).into());
        }
        None => {}
    }
    let id = match (&head, target) {
        (Some(head), _) => head.id,
        (
            None,
            WriteTarget::Create(id)
            | WriteTarget::Replace(_, id)
            | WriteTarget::Upsert(id)
            | WriteTarget::Rewrite(id, ..),
        ) => *id,
    };
    let mends = author.is_admin && matches!(target, WriteTarget::Rewrite(_, RewriteReason::Restored(_), _));
    let old = match head.as_ref().filter(|head| head.version > 0).map(stored_content::record_members) {
        Some(Err(_)) if mends => None,
        old => old.transpose()?,
    };
    let current_identifiers = if head.is_some() { identifiers::load_identifiers(tx, id)? } else { vec![] };
    let identifiers = merge_identifiers(
        author,
        &input.identifiers,
        &current_identifiers,
        input.content.natural_key().as_ref(),
    );

    let ResolvedReferences { mut references, names, faults: ref_faults, adopted } =
        resolve_references(tx, context, &mut input)?;
    let adopted: Vec<RecordChange> = input.adoption_changes.into_iter().chain(adopted).collect();
    let current_citations = match target {
        WriteTarget::Rewrite(.., citations) => citations.as_slice(),
        _ => old.as_ref().and_then(|old| old.get("citations")?.as_array()).map_or(&[][..], Vec::as_slice),
    };
    let citations = merge_citations(author, std::mem::take(&mut input.citations), current_citations);
    references.extend(citations.iter().filter_map(cited_source));
    references.sort();
    references.dedup();
    let facts = RuleContext {
        identifiers: &identifiers,
        citation_count: citations.len(),
        today,
        previous_content: old.as_ref(),
        is_after_merge: matches!(target, WriteTarget::Rewrite(_, RewriteReason::Merged, _)),
    };
    let mut checks = Validation::default();
    input.content.validate(&facts, &mut checks);
    if ref_faults.is_empty() && checks.errors.is_empty() {
        input.content.validate_in_database(id, &facts, tx, &mut checks)?;
    }
    if citations.is_empty() {
        checks.add_warning("/citations", ErrorCode::Uncited, vec![]);
    }
    let faults = merge_faults(input.faults, ref_faults, checks.errors);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults).into());
    }

    let name = input.content.name(&names);
    let op = match target {
        WriteTarget::Rewrite(_, RewriteReason::Restored(_), _) => "restore",
        _ if head.as_ref().is_none_or(|head| head.version == 0) => "create",
        _ => "update",
    };
    let members = input.content.to_json();
    let owners_of = match target {
        WriteTarget::Rewrite(_, RewriteReason::Restored(version), _) => Some(*version),
        WriteTarget::Rewrite(_, RewriteReason::Merged, _) => head.as_ref().map(|head| head.version),
        _ => None,
    };
    let mut writing = PreparedWrite {
        id,
        kind,
        op,
        head,
        current_identifiers,
        identifiers,
        citations,
        references,
        members,
        content: input.content,
        name,
        old,
        warnings: checks.warnings,
        basis: precondition.basis,
        explicit_removals: input.explicit_removals,
        repeats_current_state: false,
        owners_of,
        adopted,
    };
    writing.repeats_current_state = writing.check_repeats_current_state(tx, author)?;
    // After a merge it is the same thing that is cited.
    if !writing.repeats_current_state && !matches!(target, WriteTarget::Rewrite(_, RewriteReason::Merged, _))
    {
        writing.preserve_cited_values(tx)?;
    }
    Ok(writing)
}

/// Resolves the references of the content and of its citations to record ids.
fn resolve_references(
    tx: &mut Conn,
    context: WriteContext<'_>,
    input: &mut RecordInput,
) -> TxResult<ResolvedReferences> {
    let WriteContext { author, today, adopt, .. } = context;
    let mut resolver = ReferenceResolver::new(tx, &author.provenance, today, adopt);
    input.content.walk(&mut resolver);
    for (index, citation) in input.citations.iter_mut().enumerate() {
        resolver.pointer_prefix = format!("/citations/{index}");
        citation.walk(&BodyPath::Root, &mut resolver);
    }
    resolver.finish()
}

/// A write that passed every check.
pub(super) struct PreparedWrite {
    pub(super) id: Id,
    pub(super) kind: Kind,
    pub(super) op: &'static str,
    pub(super) head: Option<RecordRow>,
    pub(super) current_identifiers: Vec<Identifier>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) citations: Vec<Value>,
    pub(super) references: Vec<Reference>,
    pub(super) content: Box<dyn Content>,
    /// The content as JSON.
    pub(super) members: Value,
    pub(super) name: Text,
    pub(super) old: Option<Map<String, Value>>,
    pub(super) warnings: Vec<Fault>,
    pub(super) basis: EditBasis,
    /// The members that the body removes on purpose.
    pub(super) explicit_removals: Vec<String>,
    /// Whether the body asks for no change.
    pub(super) repeats_current_state: bool,
    /// The version whose field owners apply to the changed fields (restore, merge).
    pub(super) owners_of: Option<i64>,
    /// The changes of records created from the gazetteer for it.
    pub(super) adopted: Vec<RecordChange>,
}

impl PreparedWrite {
    /// Returns the outcome where the record is already as asked.
    pub(super) fn outcome_if_unchanged(&self) -> Option<WriteOutcome> {
        let (head, old) = (self.head.as_ref().filter(|head| !head.is_deleted())?, self.old.as_ref()?);
        (self.repeats_current_state || self.content_with_old_envelope(head, old) == head.content).then(|| {
            WriteOutcome {
                id: self.id,
                version: head.version,
                created: head.version == 0,
                row: Some(head.clone()),
                warnings: self.warnings.clone(),
                changes: self.adopted.clone(),
            }
        })
    }

    /// Returns the record as it would be written, with the current envelope, as text, to compare with the
    /// stored content.
    fn content_with_old_envelope(&self, head: &RecordRow, old: &Map<String, Value>) -> String {
        let text = |name: &str| old.get(name).and_then(Value::as_str).unwrap_or_default();
        let same = self.canonical_record(head.version, text("created_at"), text("updated_at"), &head.origin);
        Value::Object(same).to_string()
    }

    /// Returns whether the record has all that the body gives, and what the body leaves out was written by
    /// others.
    fn check_repeats_current_state(&self, tx: &mut Conn, author: &Author) -> TxResult<bool> {
        let (Some(head), Some(old)) = (&self.head, &self.old) else { return Ok(false) };
        if self.basis != EditBasis::Unknown || head.is_deleted() || head.version == 0 {
            return Ok(false);
        }
        let Value::Object(members) = &self.members else { return Ok(false) };
        let are_cited = old.get("citations").and_then(Value::as_array) == Some(&self.citations);
        let given = (members, self.identifiers.iter().map(Identifier::to_string).collect());
        let (removals, origin) = (&self.explicit_removals, &author.provenance.origin);
        Ok(are_cited && edit_conflicts::repeats_current_state(tx, head.id, old, given, removals, origin)?)
    }

    /// Lets citations keep the values that they were given for.
    fn preserve_cited_values(&mut self, tx: &mut Conn) -> TxResult<()> {
        let is_live = self.head.as_ref().is_some_and(|head| !head.is_deleted());
        if let (true, Some(old), Value::Object(new)) = (is_live, &self.old, &self.members) {
            self.warnings.extend(preserve_cited_values(tx, self.kind, old, new, &mut self.citations)?);
        }
        Ok(())
    }

    pub(super) fn as_edit<'a>(
        &'a self,
        head: &'a RecordRow,
        old: &'a Map<String, Value>,
        new: &'a Map<String, Value>,
    ) -> edit_conflicts::RecordEdit<'a> {
        edit_conflicts::RecordEdit {
            head,
            current_identifiers: &self.current_identifiers,
            old,
            new,
            basis: self.basis,
        }
    }

    pub(super) fn canonical_record(
        &self,
        version: i64,
        created: &str,
        updated: &str,
        origin: &str,
    ) -> Map<String, Value> {
        let mut record = Map::new();
        record.insert("id".into(), self.id.to_string().into());
        record.insert("kind".into(), self.kind.as_str().into());
        record.insert("version".into(), version.into());
        record.insert("created_at".into(), created.into());
        record.insert("updated_at".into(), updated.into());
        record.insert("origin".into(), origin.into());
        record.insert("identifiers".into(), json!(self.identifiers));
        record.extend(self.members.as_object().cloned().into_iter().flatten());
        record.insert("citations".into(), self.citations.clone().into());
        record
    }
}
