//! A body as read: its content, identifiers and citations, or all its faults.

use super::leaves::removals;
use super::pointers;
use crate::error::{Code, Fault, Faults, Place};
use crate::registry::shelf::Held;
use crate::registry::store::Change;
use crate::vocabulary::codes::Rank;
use crate::vocabulary::{At, Citation, Identifier, Kind, Member, member};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Members of every record that a body may hold and that are not content.
const ENVELOPE: [&str; 4] = ["id", "kind", "identifiers", "citations"];
/// Members of every answer that a body may repeat, whatever their value.
const READ_ONLY: [&str; 7] =
    ["version", "created_at", "updated_at", "origin", "label", "warnings", "included"];

/// A body, read.
#[derive(Clone)]
pub struct Draft {
    /// The kind's own members.
    pub content: Box<dyn Held>,
    /// The identifiers given, in order of scheme and value.
    pub identifiers: Vec<Identifier>,
    /// The citations given.
    pub citations: Vec<Citation>,
    /// Faults of members that were left aside so that the rest could be read and checked too.
    pub faults: Faults,
    /// The members that its author takes away on purpose, where it takes the place of a whole record.
    pub removals: Vec<String>,
    /// The changes of records that were adopted for it before it is written.
    pub(super) adopted: Vec<Change>,
}

impl Draft {
    /// Reads a body of a kind; `id` is what the path says, if anything.
    ///
    /// # Errors
    /// Every fault that can be told without other records.
    pub fn read(kind: Kind, body: Value, id: Option<&str>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Value::Object(members) = body else {
            faults.wrong_type::<()>(&At::Root, "object");
            return Err(faults);
        };
        let mut members = known(kind, members, &mut faults);
        must_match(&mut members, "kind", Some(kind.as_str()), &mut faults);
        must_match(&mut members, "id", id, &mut faults);
        let identifiers =
            Vec::read(remove(&mut members, "identifiers"), &At::Root.key("identifiers"), &mut faults);
        let citations = Vec::read(remove(&mut members, "citations"), &At::Root.key("citations"), &mut faults);
        let identifiers = unique(identifiers.unwrap_or_default(), &mut faults);
        let citations = citations.unwrap_or_default();
        check_citations(kind, &citations, &mut faults);
        let Some(content) = read_content(kind, members, &mut faults) else { return Err(faults) };
        Ok(Self { content, identifiers, citations, faults, removals: vec![], adopted: vec![] })
    }

    /// As [`Draft::read`], of a body that takes the place of a whole record: what it says null of, or gives as an empty
    /// list, it takes away on purpose.
    ///
    /// # Errors
    /// As [`Draft::read`].
    pub fn read_whole(kind: Kind, body: Value, id: Option<&str>) -> Result<Self, Faults> {
        let removals = removals(&body);
        Ok(Self { removals, ..Self::read(kind, body, id)? })
    }
}

/// Reads the content. Where optional members are at fault, reads the rest without them, so that its rules speak too.
fn read_content(kind: Kind, members: Map<String, Value>, faults: &mut Faults) -> Option<Box<dyn Held>> {
    let before = faults.told().len();
    let content = kind.shelf().read(members.clone(), faults);
    if content.is_some() {
        return content;
    }
    let at_fault: HashSet<&str> = faults.told().iter().skip(before).filter_map(first_segment).collect();
    let sound = members.into_iter().filter(|(name, _)| !at_fault.contains(name.as_str())).collect();
    kind.shelf().read(sound, &mut Faults::default())
}

/// The top-level member a fault is about.
fn first_segment(fault: &Fault) -> Option<&str> {
    match &fault.place {
        Place::Pointer(pointer) => pointer.split('/').nth(1),
        _ => None,
    }
}

/// The faults of a draft, and those found afterwards of members that were not left aside for theirs.
pub(super) fn all_faults(mut faults: Faults, refs: Vec<Fault>, rules: Vec<Fault>) -> Faults {
    let left_aside: HashSet<String> =
        faults.told().iter().filter_map(first_segment).map(str::to_owned).collect();
    let told = |fault: &Fault| first_segment(fault).is_some_and(|name| left_aside.contains(name));
    refs.into_iter().chain(rules).filter(|fault| !told(fault)).for_each(|fault| faults.add(fault));
    faults
}

/// Takes a member out of the few that a body may hold; null is absence.
fn remove(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.shift_remove(name).filter(|value| !value.is_null())
}

/// `id` and `kind`, when given, are those of the path.
fn must_match(members: &mut Map<String, Value>, name: &str, expected: Option<&str>, faults: &mut Faults) {
    if let (Some(value), Some(expected)) = (remove(members, name), expected)
        && !value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(expected))
    {
        faults.push(&At::Root.key(name), Code::Mismatch, vec![("expected", expected.into())]);
    }
}

/// The members that a body may hold, without those that are read-only.
fn known(kind: Kind, members: Map<String, Value>, faults: &mut Faults) -> Map<String, Value> {
    let known: Vec<&str> = kind.shelf().members().iter().copied().chain(ENVELOPE).collect();
    let derived = kind.shelf().derived().iter().map(|derived| derived.name);
    let ignored: Vec<&str> = READ_ONLY.into_iter().chain(derived).collect();
    member::refuse_unknown(&members, &At::Root, &known, &ignored, faults);
    let is_kept = |name: &str| known.contains(&name) && !ignored.contains(&name);
    members.into_iter().filter(|(name, _)| is_kept(name)).collect()
}

fn unique(mut identifiers: Vec<Identifier>, faults: &mut Faults) -> Vec<Identifier> {
    let mut seen = HashSet::new();
    for (index, identifier) in identifiers.iter().enumerate() {
        if !seen.insert(identifier) {
            let list = At::Root.key("identifiers");
            faults.push(&At::Index(&list, index), Code::Repeated, vec![("value", identifier.to_string())]);
        }
    }
    identifiers.sort();
    identifiers
}

fn check_citations(kind: Kind, citations: &[Citation], faults: &mut Faults) {
    let known = pointers::of(kind);
    let mut preferred = HashSet::new();
    let list = At::Root.key("citations");
    for (index, citation) in citations.iter().enumerate() {
        let item = At::Index(&list, index);
        let at = item.key("pointer");
        match known.get(&citation.pointer) {
            None => faults.add_with(|| {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let nearest = member::nearest(&citation.pointer, &names);
                let facts = vec![("value", citation.pointer.clone()), ("nearest", nearest)];
                Fault::at(at.pointer(), Code::UnknownPointer, facts)
            }),
            Some(in_list) => {
                if citation.rank == Rank::Preferred && !in_list && !preferred.insert(&citation.pointer) {
                    faults.push(&item.key("rank"), Code::SeveralPreferred, vec![]);
                }
            }
        }
    }
}
