//! A request body parsed into a record of its kind: content, identifiers and citations, or every fault of
//! the body.

use super::citation_pointers;
use super::field_paths::explicit_removals;
use crate::domain::body_field::{self, BodyField, BodyPath};
use crate::domain::citation::Citation;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::{Fault, FaultLocation};
use crate::domain::errors::fault_list::FaultList;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::nearest;
use crate::domain::vocabularies::citation::Rank;
use crate::gazetteer::identifiers::read_identifier;
use crate::kinds::all;
use crate::kinds::definition::Content;
use crate::store::changes::RecordChange;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Members of every record that a body may have and that are not content.
const NON_CONTENT_MEMBERS: [&str; 4] = ["id", "kind", "identifiers", "citations"];

/// Read-only members that a body may repeat; their values are ignored.
const READ_ONLY_MEMBERS: [&str; 7] =
    ["version", "created_at", "updated_at", "origin", "label", "warnings", "included"];

/// A parsed body.
#[derive(Clone)]
pub struct RecordInput {
    /// The members of the kind.
    pub content: Box<dyn Content>,
    /// The identifiers, sorted by scheme and value.
    pub identifiers: Vec<Identifier>,
    /// The citations.
    pub citations: Vec<Citation>,
    /// Faults of members that were left out so that the rest could be parsed and validated.
    pub faults: FaultList,
    /// The members that a replacement removes on purpose.
    pub explicit_removals: Vec<String>,
    /// The changes of records created from the gazetteer for it.
    pub(super) adoption_changes: Vec<RecordChange>,
}

impl RecordInput {
    /// Parses a body of a kind; `id` is the id in the path, if any.
    ///
    /// # Errors
    /// Every fault that can be found without other records.
    pub fn read(kind: Kind, body: Value, id: Option<&str>) -> Result<Self, FaultList> {
        let mut faults = FaultList::default();
        let Value::Object(members) = body else {
            faults.wrong_type::<()>(&BodyPath::Root, "object");
            return Err(faults);
        };
        let mut members = keep_writable_members(kind, members, &mut faults);
        require_path_value(&mut members, "kind", Some(kind.as_str()), &mut faults);
        require_path_value(&mut members, "id", id, &mut faults);
        let identifiers = body_field::read_list(
            remove_non_null(&mut members, "identifiers"),
            &BodyPath::Root.key("identifiers"),
            &mut faults,
            read_identifier,
        );
        let citations = Vec::read(
            remove_non_null(&mut members, "citations"),
            &BodyPath::Root.key("citations"),
            &mut faults,
        );
        let identifiers = sort_and_check_identifiers(identifiers.unwrap_or_default(), &mut faults);
        let citations = citations.unwrap_or_default();
        check_citations(kind, &citations, &mut faults);
        let Some(content) = read_content(kind, members, &mut faults) else { return Err(faults) };
        Ok(Self {
            content,
            identifiers,
            citations,
            faults,
            explicit_removals: vec![],
            adoption_changes: vec![],
        })
    }

    /// As [`RecordInput::read`], for a body that replaces a whole record: members that are null or an empty
    /// list are removed on purpose.
    ///
    /// # Errors
    /// As [`RecordInput::read`].
    pub fn read_replacement(kind: Kind, body: Value, id: Option<&str>) -> Result<Self, FaultList> {
        let removals = explicit_removals(&body);
        Ok(Self { explicit_removals: removals, ..Self::read(kind, body, id)? })
    }
}

/// Parses the content. Faulty optional members are left out, so that the rest is parsed and validated too.
fn read_content(kind: Kind, members: Map<String, Value>, faults: &mut FaultList) -> Option<Box<dyn Content>> {
    let before = faults.reported().len();
    let content = all::definition(kind).read_content(members.clone(), faults);
    if content.is_some() {
        return content;
    }
    let at_fault: HashSet<&str> =
        faults.reported().iter().skip(before).filter_map(first_pointer_segment).collect();
    let sound = members.into_iter().filter(|(name, _)| !at_fault.contains(name.as_str())).collect();
    all::definition(kind).read_content(sound, &mut FaultList::default())
}

/// Returns the top-level member that a fault is about.
fn first_pointer_segment(fault: &Fault) -> Option<&str> {
    match &fault.location {
        FaultLocation::Pointer(pointer) => pointer.split('/').nth(1),
        _ => None,
    }
}

/// Joins the faults of parsing with those of references and rules, without repeating members that parsing
/// left out.
pub(super) fn merge_faults(mut faults: FaultList, refs: Vec<Fault>, rules: Vec<Fault>) -> FaultList {
    let left_aside: HashSet<String> =
        faults.reported().iter().filter_map(first_pointer_segment).map(str::to_owned).collect();
    let is_reported =
        |fault: &Fault| first_pointer_segment(fault).is_some_and(|name| left_aside.contains(name));
    refs.into_iter().chain(rules).filter(|fault| !is_reported(fault)).for_each(|fault| faults.add(fault));
    faults
}

/// Removes a member from the body; null counts as absent.
fn remove_non_null(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.shift_remove(name).filter(|value| !value.is_null())
}

/// Checks that `id` or `kind` in a body agrees with the path.
fn require_path_value(
    members: &mut Map<String, Value>,
    name: &str,
    expected: Option<&str>,
    faults: &mut FaultList,
) {
    if let (Some(value), Some(expected)) = (remove_non_null(members, name), expected)
        && !value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(expected))
    {
        faults.push(&BodyPath::Root.key(name), ErrorCode::Mismatch, vec![("expected", expected.into())]);
    }
}

/// Keeps the members that a body may have and that are not read-only.
fn keep_writable_members(
    kind: Kind,
    members: Map<String, Value>,
    faults: &mut FaultList,
) -> Map<String, Value> {
    let known: Vec<&str> =
        all::definition(kind).content_members().iter().copied().chain(NON_CONTENT_MEMBERS).collect();
    let derived = all::definition(kind).derived_members().iter().map(|derived| derived.name);
    let ignored: Vec<&str> = READ_ONLY_MEMBERS.into_iter().chain(derived).collect();
    body_field::reject_unknown_members(&members, &BodyPath::Root, &known, &ignored, faults);
    let is_kept = |name: &str| known.contains(&name) && !ignored.contains(&name);
    members.into_iter().filter(|(name, _)| is_kept(name)).collect()
}

fn sort_and_check_identifiers(mut identifiers: Vec<Identifier>, faults: &mut FaultList) -> Vec<Identifier> {
    let mut seen = HashSet::new();
    for (index, identifier) in identifiers.iter().enumerate() {
        if !seen.insert(identifier) {
            let list = BodyPath::Root.key("identifiers");
            faults.push(
                &BodyPath::Index(&list, index),
                ErrorCode::Repeated,
                vec![("value", identifier.to_string())],
            );
        }
    }
    identifiers.sort();
    identifiers
}

fn check_citations(kind: Kind, citations: &[Citation], faults: &mut FaultList) {
    let known = citation_pointers::citation_pointers(kind);
    let mut preferred = HashSet::new();
    let list = BodyPath::Root.key("citations");
    for (index, citation) in citations.iter().enumerate() {
        let item = BodyPath::Index(&list, index);
        let at = item.key("pointer");
        match known.get(&citation.pointer) {
            None => faults.add_with(|| {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let nearest = nearest::nearest_name(&citation.pointer, &names);
                let facts = vec![("value", citation.pointer.clone()), ("nearest", nearest)];
                Fault::at_pointer(at.pointer(), ErrorCode::UnknownPointer, facts)
            }),
            Some(in_list) => {
                if citation.rank == Rank::Preferred && !in_list && !preferred.insert(&citation.pointer) {
                    faults.push(&item.key("rank"), ErrorCode::SeveralPreferred, vec![]);
                }
            }
        }
    }
}
