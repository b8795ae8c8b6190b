//! Refuses a write (409) that would change or remove fields which another origin owns, or wrote since the
//! version that the author knows.

use super::precondition::EditBasis;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::origins::ADOPTION_ORIGIN;
use crate::kinds::stored_content;
use crate::records::author::Author;
use crate::records::field_paths::{field_values, is_at_or_below};
use crate::records::ownership::{self, FieldOwner, IDENTIFIERS_POINTER, SHARED_LISTS};
use crate::store::records::RecordRow;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Returns whether a body gives only what the record has, removes nothing on purpose (`removals`), and
/// leaves out only what its author did not write: then it asks for no change.
pub(super) fn repeats_current_state(
    tx: &mut Conn,
    id: Id,
    old: &Map<String, Value>,
    (given, borne_given): (&Map<String, Value>, BTreeSet<String>),
    removals: &[String],
    origin: &str,
) -> TxResult<bool> {
    let (there, given, borne) = (field_values(old), field_values(given), ownership::identifier_texts(old));
    if given.iter().any(|(pointer, value)| there.get(pointer) != Some(value))
        || !borne_given.is_subset(&borne)
    {
        return Ok(false);
    }
    let is_left_out = |pointer: &&String| !given.contains_key(*pointer) && !is_shared_list(pointer);
    let members: Vec<&String> = there.keys().filter(is_left_out).collect();
    let identifiers: Vec<&String> = borne.difference(&borne_given).collect();
    let is_removed = |pointer: &str| is_at_or_below(pointer, removals);
    if members.iter().any(|pointer| is_removed(pointer))
        || (!identifiers.is_empty() && is_removed(IDENTIFIERS_POINTER))
    {
        return Ok(false);
    }
    if members.is_empty() && identifiers.is_empty() {
        return Ok(false);
    }
    let owners = ownership::load_owners_if_several(tx, id, origin, !identifiers.is_empty())?;
    let Some(owners) = owners else { return Ok(false) };
    Ok(members.into_iter().chain(identifiers).all(|left_out| !is_owned_by(owners.get(left_out), origin)))
}

/// A field or identifier of another origin that a write would change or remove.
struct ContestedField {
    pointer: String,
    identifier: Option<String>,
    owner: String,
}

/// A record before and after a write.
pub(super) struct RecordEdit<'a> {
    pub(super) head: &'a RecordRow,
    /// Its identifiers before.
    pub(super) current_identifiers: &'a [Identifier],
    pub(super) old: &'a Map<String, Value>,
    pub(super) new: &'a Map<String, Value>,
    pub(super) basis: EditBasis,
}

impl RecordEdit<'_> {
    /// Checks the changed fields against their owners, their last writers and write loops; returns the
    /// fields that are taken over on purpose.
    ///
    /// # Errors
    /// 409 naming the fields and their owners.
    pub(super) fn check_conflicts(
        &self,
        tx: &mut Conn,
        author: &Author,
        changed: &[String],
    ) -> TxResult<Vec<(String, String)>> {
        let (id, origin) = (self.head.id, author.provenance.origin.as_str());
        let mut overrode =
            ownership::fields_of_others(tx, id, self.current_identifiers, self.old, changed, origin)?;
        if !overrode.is_empty() && !author.force {
            return Err(ownership::owned_elsewhere_problem(id, &overrode).into());
        }
        if self.basis != EditBasis::KnownVersion {
            let written = self.fields_written_by_others(tx, author, changed)?;
            if !written.is_empty() && !author.force {
                return Err(self.conflict_problem(&written).with_arg("header", "If-Match").into());
            }
            overrode.extend(written.into_iter().map(|contested| (contested.pointer, contested.owner)));
            overrode.sort();
            overrode.dedup();
        }
        if self.head.origin != origin && self.head.origin != ADOPTION_ORIGIN {
            ownership::refuse_write_loops(tx, id, self.new, changed, (origin, author.provenance.at))?;
        }
        Ok(overrode)
    }

    /// Returns the fields among `changed` that another origin wrote or removed last (adopted ones have no
    /// owner), and the identifiers of foreign schemes that the record would lose.
    fn fields_written_by_others(
        &self,
        tx: &mut Conn,
        author: &Author,
        changed: &[String],
    ) -> TxResult<Vec<ContestedField>> {
        let origin = author.provenance.origin.as_str();
        let is_guarded = |pointer: &&String| self.basis != EditBasis::AnyVersion && !is_shared_list(pointer);
        let members: Vec<&String> = changed.iter().filter(is_guarded).collect();
        let (there, kept) = if changed.iter().any(|pointer| pointer == IDENTIFIERS_POINTER) {
            (ownership::identifier_texts(self.old), ownership::identifier_texts(self.new))
        } else {
            (BTreeSet::new(), BTreeSet::new())
        };
        let is_lost = |identifier: &String| {
            let scheme = identifier.split(':').next().unwrap_or_default();
            !kept.contains(identifier) && !author.schemes.iter().any(|owned| owned == scheme)
        };
        let lost: Vec<String> = there.into_iter().filter(is_lost).collect();
        if members.is_empty() && lost.is_empty() {
            return Ok(vec![]);
        }
        let owners = ownership::load_owners_if_several(tx, self.head.id, origin, !lost.is_empty())?;
        let Some(owners) = owners else { return Ok(vec![]) };
        let owner = |name: &String| {
            let owner = owners.get(name).filter(|owner| owner.origin != origin)?;
            Some(owner.origin.clone())
        };
        let members = members.into_iter().filter_map(|pointer| {
            let owner = owner(pointer).filter(|owner| owner != ADOPTION_ORIGIN)?;
            Some(ContestedField { pointer: pointer.clone(), identifier: None, owner })
        });
        let lost = lost.into_iter().filter_map(|identifier| {
            let owner = owner(&identifier)?;
            Some(ContestedField { pointer: IDENTIFIERS_POINTER.into(), identifier: Some(identifier), owner })
        });
        Ok(members.chain(lost).collect())
    }

    fn conflict_problem(&self, written: &[ContestedField]) -> Problem {
        let mut origins: Vec<&str> = written.iter().map(|contested| contested.owner.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        let conflicts = written.iter().map(|contested| {
            let mut conflict = json!({"pointer": contested.pointer, "owner": contested.owner});
            if let (Some(conflict), Some(identifier)) = (conflict.as_object_mut(), &contested.identifier) {
                conflict.insert("identifier".into(), identifier.clone().into());
            }
            conflict
        });
        Problem::new(ErrorCode::ChangedElsewhere)
            .with_arg("origin", origins.join(", "))
            .with_member("id", self.head.id.to_string())
            .with_member("current_version", self.head.version)
            .with_member("origin", origins.first().copied().unwrap_or_default())
            .with_member("conflicts", conflicts.collect::<Value>())
    }
}

/// Refuses to merge a record away where others than the author wrote any of it, unless the author is an
/// administrator: its identifiers and references would change hands, whatever version the author knows.
/// Returns the fields that are taken over on purpose.
///
/// # Errors
/// 409 naming the fields and their owners.
pub(super) fn check_removal_conflicts(
    tx: &mut Conn,
    author: &Author,
    head: &RecordRow,
) -> TxResult<Vec<(String, String)>> {
    let mut overrode = ownership::check_fields_lost(tx, author, head)?;
    if author.is_admin {
        return Ok(overrode);
    }
    let (old, new, knowledge) = (&stored_content::record_members(head)?, &Map::new(), EditBasis::Unknown);
    let end = RecordEdit { head, current_identifiers: &[], old, new, basis: knowledge };
    let all: Vec<String> = field_values(old).into_keys().collect();
    let mut written = end.fields_written_by_others(tx, author, &all)?;
    let citations = old.get("citations").and_then(Value::as_array).into_iter().flatten();
    let citers: BTreeSet<&str> = citations.filter_map(|citation| citation.get("origin")?.as_str()).collect();
    let others =
        citers.into_iter().filter(|citer| *citer != author.provenance.origin && *citer != ADOPTION_ORIGIN);
    written.extend(others.map(|citer| ContestedField {
        pointer: "/citations".into(),
        identifier: None,
        owner: citer.into(),
    }));
    if !written.is_empty() && !author.force {
        return Err(end.conflict_problem(&written).with_arg("scope", "override").into());
    }
    overrode.extend(written.into_iter().map(|contested| (contested.pointer, contested.owner)));
    overrode.sort();
    overrode.dedup();
    Ok(overrode)
}

/// Returns whether an origin wrote a field last.
pub(super) fn is_owned_by(owner: Option<&FieldOwner>, origin: &str) -> bool {
    owner.is_some_and(|owner| owner.origin == origin)
}

/// Returns whether a field is a list whose items have owners of their own.
pub(super) fn is_shared_list(pointer: &str) -> bool {
    SHARED_LISTS.contains(&pointer)
}
