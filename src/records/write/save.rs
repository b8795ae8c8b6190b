//! Creating and replacing a record: one path for POST, PUT, PATCH and import.

use super::cited_values::preserve_cited_values;
use super::edit_conflicts;
use super::precondition::{EditBasis, Precondition};
use super::preserve::{cited_source, merge_citations, merge_identifiers};
use super::projections::{Projections, reindex_dependents};
use super::resolve_references::{ReferenceResolver, ResolvedReferences};
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
use crate::domain::schemes;
use crate::domain::text::Text;
use crate::kinds::definition::{Content, RuleContext};
use crate::kinds::stored_content;
use crate::kinds::validation::Validation;
use crate::records::author::Author;
use crate::records::field_paths::changed_fields;
use crate::records::find::find_live;
use crate::records::input::{RecordInput, merge_faults};
use crate::records::read::presentation::present_as_text;
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::records::{LIVE, RecordRow};
use crate::store::references::Reference;
use crate::store::{identifiers, records};
use crate::util::clock::{Clock, rfc3339};
use jiff::civil::Date;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The version and the JSON text of a record that has just been written; of its row as it was given back, or as it is
/// now.
///
/// # Errors
/// When the database fails.
pub fn outcome_json(
    tx: &mut Conn,
    kind: Kind,
    written: &WriteOutcome,
    clock: &Clock,
) -> TxResult<(i64, String)> {
    let head = match &written.row {
        Some(head) => head.clone(),
        None => find_live(tx, kind, &RecordKey::Id(written.id))?,
    };
    Ok((head.version, present_as_text(tx, kind, &head, clock)?))
}

/// What a write did.
#[derive(Debug)]
pub struct WriteOutcome {
    /// The record.
    pub id: Id,
    /// Its version now.
    pub version: i64,
    /// Whether it is new.
    pub created: bool,
    /// The record's row; none where more was written to it since.
    pub row: Option<RecordRow>,
    /// Broken soft rules.
    pub warnings: Vec<Fault>,
    /// What to append to the log; nothing when the record already was so.
    pub changes: Vec<RecordChange>,
}

/// As [`write()`], of a record whose row has been found and locked, none of whose identifiers another bears.
#[expect(clippy::too_many_arguments, reason = "those of `write`, and the row")]
pub(super) fn write_locked(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    target: &WriteTarget,
    head: Option<RecordRow>,
    input: RecordInput,
    precondition: &Precondition,
    today: Date,
) -> TxResult<WriteOutcome> {
    prepare(tx, author, kind, target, head, input, precondition, today)?.save(tx, author)
}

/// All that comes before the first statement that writes, but for what is adopted on the way.
#[expect(clippy::too_many_arguments, reason = "those of `write_over`")]
pub(super) fn prepare(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    target: &WriteTarget,
    head: Option<RecordRow>,
    mut input: RecordInput,
    precondition: &Precondition,
    today: Date,
) -> TxResult<PreparedWrite> {
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
    let held = if head.is_some() { identifiers::load_identifiers(tx, id)? } else { vec![] };
    let identifiers =
        merge_identifiers(author, &input.identifiers, &held, input.content.natural_key().as_ref());

    let mut resolver = ReferenceResolver::new(tx, &author.provenance, today);
    input.content.walk(&mut resolver);
    for (index, citation) in input.citations.iter_mut().enumerate() {
        resolver.pointer_prefix = format!("/citations/{index}");
        citation.walk(&BodyPath::Root, &mut resolver);
    }
    let ResolvedReferences { mut references, names, faults: ref_faults, adopted } = resolver.finish()?;
    let adopted: Vec<RecordChange> = input.adoption_changes.into_iter().chain(adopted).collect();
    let held_citations = match target {
        WriteTarget::Rewrite(.., citations) => citations.as_slice(),
        _ => old.as_ref().and_then(|old| old.get("citations")?.as_array()).map_or(&[][..], Vec::as_slice),
    };
    let citations = merge_citations(author, std::mem::take(&mut input.citations), held_citations);
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
        current_identifiers: held,
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

/// A record that passed every check, about to be written.
pub(super) struct PreparedWrite {
    id: Id,
    kind: Kind,
    op: &'static str,
    head: Option<RecordRow>,
    current_identifiers: Vec<Identifier>,
    identifiers: Vec<Identifier>,
    citations: Vec<Value>,
    references: Vec<Reference>,
    content: Box<dyn Content>,
    /// The content in its JSON form.
    members: Value,
    name: Text,
    old: Option<Map<String, Value>>,
    warnings: Vec<Fault>,
    basis: EditBasis,
    /// The members that the body takes away on purpose.
    explicit_removals: Vec<String>,
    /// Whether it asks for nothing that is not there.
    repeats_current_state: bool,
    /// The version of which what changes has its owners.
    owners_of: Option<i64>,
    /// What was adopted for it.
    adopted: Vec<RecordChange>,
}

impl PreparedWrite {
    /// The record, where it already is so.
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

    /// The record as it would be written, with the envelope that it has. As a text: `Value == String` compares with a
    /// JSON string, and is never true.
    fn content_with_old_envelope(&self, head: &RecordRow, old: &Map<String, Value>) -> String {
        let text = |name: &str| old.get(name).and_then(Value::as_str).unwrap_or_default();
        let same = self.canonical_record(head.version, text("created_at"), text("updated_at"), &head.origin);
        Value::Object(same).to_string()
    }

    /// Whether a live record has all that is given, and others wrote what is left out.
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

    fn as_edit<'a>(
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

    fn save(mut self, tx: &mut Conn, author: &Author) -> TxResult<WriteOutcome> {
        if let Some(written) = self.outcome_if_unchanged() {
            return Ok(written);
        }
        let stamp = &author.provenance;
        let version = self.head.as_ref().map_or(0, |head| head.version);
        let created = version == 0;
        let revived = self.head.as_ref().is_some_and(RecordRow::is_deleted);
        let created_at = self.head.as_ref().filter(|_| !created).map_or(stamp.at, |head| head.created_at);
        let at = self.head.as_ref().map_or(stamp.at, |head| head.next_written_at(stamp.at));
        let record = self.canonical_record(version + 1, &rfc3339(created_at), &rfc3339(at), &stamp.origin);
        let is_new = created || revived;
        let changed = changed_fields(self.old.as_ref().filter(|_| !is_new), &record);
        let overrode = match (&self.head, &self.old) {
            (Some(head), Some(old)) if !is_new => {
                self.as_edit(head, old, &record).check_conflicts(tx, author, &changed)?
            }
            _ => vec![],
        };
        self.check_identifier_schemes(tx, author)?;
        let content = Value::Object(record).to_string();
        let name = self.name.to_json();
        let mut row = RecordRow {
            number: self.head.as_ref().map_or(0, |head| head.number),
            id: self.id,
            kind: self.kind.as_str().into(),
            version: version + 1,
            state: LIVE.into(),
            created_at,
            updated_at: at,
            origin: stamp.origin.clone(),
            name,
            content: content.clone(),
        };
        records::save_row(tx, &mut row, self.head.is_none(), at)?;
        let natural =
            self.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        let all: Vec<Identifier> = self.identifiers.iter().cloned().chain(natural).collect();
        identifiers::set_identifiers(tx, self.kind, self.id, &self.current_identifiers, &all)?;
        let before = match self.head.as_ref().filter(|_| !is_new) {
            Some(head) => Projections::from_stored(tx, head)?,
            None => Projections::default(),
        };
        let references = std::mem::take(&mut self.references);
        let rows =
            Projections::from_content(self.content.as_mut(), &self.name, &all, &self.citations, references);
        rows.write(tx, &row, &before)?;
        let renamed = !created && self.head.as_ref().is_some_and(|head| head.name != row.name);
        if renamed {
            reindex_dependents(tx, self.id)?;
        }
        let change = RecordChange {
            id: self.id,
            kind: self.kind,
            version: version + 1,
            at,
            op: self.op,
            changed,
            body: Some(content),
            replaced_by: None,
            overrode,
            owners_of: self.owners_of,
            is_adopted: false,
        };
        self.adopted.push(change);
        Ok(WriteOutcome {
            id: self.id,
            version: version + 1,
            created,
            row: (!renamed).then_some(row),
            warnings: self.warnings,
            changes: self.adopted,
        })
    }

    fn canonical_record(
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

    /// Identifiers that are new here must be of schemes that the author may write.
    fn check_identifier_schemes(&self, tx: &mut Conn, author: &Author) -> TxResult<()> {
        for (index, identifier) in
            self.identifiers.iter().enumerate().filter(|(_, new)| !self.current_identifiers.contains(new))
        {
            let scheme = identifier.scheme.as_str();
            if schemes::OPEN_SCHEMES.contains(&scheme) || author.schemes.iter().any(|owned| owned == scheme) {
                continue;
            }
            if !schemes::OWNED_SCHEMES.contains(&scheme)
                && !crate::auth::key_store::scheme_exists(tx, scheme)?
            {
                let (at, facts) = (format!("/identifiers/{index}/scheme"), vec![("scheme", scheme.into())]);
                return Err(
                    Problem::invalid(vec![Fault::at_pointer(at, ErrorCode::UnknownScheme, facts)]).into()
                );
            }
            if !author.may_write_scheme(scheme) {
                return Err(Problem::new(ErrorCode::SchemeNotOwned).with_arg("scheme", scheme).into());
            }
        }
        Ok(())
    }
}
