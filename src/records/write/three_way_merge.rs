//! Three-way merge of a body made from an older version onto the current record.

use super::adoption::adopt;
use super::edit_conflicts::{is_owned_by, is_shared_list};
use super::resolve_references::{ReferenceResolver, ResolvedReferences};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::changes;
use crate::domain::body_field::{BodyField, BodyPath};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::gazetteer::identifiers::read_identifier;
use crate::kinds::stored_content;
use crate::records::field_paths::{self, field_values};
use crate::records::find::find_live;
use crate::records::input::RecordInput;
use crate::records::ownership::{self, IDENTIFIERS_POINTER};
use crate::records::record_key::RecordKey;
use crate::store::changes::Provenance;
use crate::store::damage::StoredRowId;
use crate::store::records::{self, RecordRow};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// The maximum size of the values listed in a conflict, in bytes.
const MAX_CONFLICT_BYTES: usize = 256 << 10;

/// Returns the content of a version.
///
/// # Errors
/// 400 when the record has no such version that can be read.
pub fn base_version(tx: &mut Conn, head: &RecordRow, version: i64) -> TxResult<Map<String, Value>> {
    let row = changes::table.filter(changes::record_id.eq(head.id).and(changes::version.eq(version)));
    let body: Option<Option<String>> = row.select(changes::body).first(tx).optional()?;
    let Some(body) = body.flatten() else {
        let misfit =
            Fault::invalid_parameter("base_version", &version.to_string(), "a version of this record");
        return Err(Problem::bad_request(vec![misfit]).into());
    };
    Ok(stored_content::parse_members(StoredRowId { version, ..head.location() }, &body)?)
}

/// Merges what `input` changes of a version onto the current record. `version` comes with whether the body
/// is a whole record: what a whole body leaves out is kept, unless it removes it on purpose or the author's
/// origin wrote it. An input with faults is returned as it is: the write that follows reports them.
///
/// # Errors
/// 400 for an unknown version; 409 naming the members that both sides changed.
pub fn merge_onto_current(
    tx: &mut Conn,
    stamp: &Provenance,
    kind: Kind,
    key: &RecordKey,
    (version, is_whole): (i64, bool),
    mut input: RecordInput,
    today: Date,
) -> TxResult<RecordInput> {
    let id = find_live(tx, kind, key)?.id;
    records::lock_record(tx, id)?;
    let head = find_live(tx, kind, &RecordKey::Id(id))?;
    let base = base_version(tx, &head, version)?;
    let mut resolver = ReferenceResolver::new(tx, stamp, today, adopt);
    input.content.walk(&mut resolver);
    for citation in &mut input.citations {
        citation.walk(&BodyPath::Root, &mut resolver);
    }
    let ResolvedReferences { faults, adopted, .. } = resolver.finish()?;
    input.adoption_changes.extend(adopted);
    if !faults.is_empty() || !input.faults.is_empty() {
        return Ok(input);
    }
    let current = stored_content::record_members(&head)?;
    let mut incoming = input.content.to_json().as_object().cloned().unwrap_or_default();
    incoming.insert("identifiers".into(), json!(input.identifiers));
    incoming.insert("citations".into(), json!(input.citations));
    if is_whole {
        keep_fields_of_others(
            tx,
            &head,
            &stamp.origin,
            &input.explicit_removals,
            (&base, &current),
            &mut incoming,
        )?;
    }
    let merged = merge_fields(&base, &current, &incoming).map_err(|conflicts| {
        Problem::new(ErrorCode::MergeConflict)
            .with_member("id", head.id.to_string())
            .with_member("current_version", head.version)
            .with_member("conflicts", conflicts)
    })?;
    let mut merged = merged;
    for list in ["identifiers", "citations"] {
        merged.insert(list.into(), merge_list(list, &base, &current, &incoming));
    }
    let adopted = input.adoption_changes;
    Ok(RecordInput {
        adoption_changes: adopted,
        ..RecordInput::read(kind, merged.into(), None).map_err(Problem::invalid)?
    })
}

/// Adds to a body the members of the current record that it leaves out, does not remove on purpose, and
/// that others wrote last.
fn keep_fields_of_others(
    tx: &mut Conn,
    head: &RecordRow,
    origin: &str,
    removals: &[String],
    (base, current): (&Map<String, Value>, &Map<String, Value>),
    incoming: &mut Map<String, Value>,
) -> TxResult<()> {
    let (was, is) = (field_values(base), field_values(current));
    let given = field_values(incoming);
    let is_left_out = |pointer: &&String| {
        !given.contains_key(*pointer)
            && !is_shared_list(pointer)
            && !field_paths::is_at_or_below(pointer, removals)
    };
    let left_out: Vec<String> = was.keys().filter(is_left_out).cloned().collect();
    let given = read_identifiers(incoming);
    let is_left_out = |held: &Identifier| {
        !given.iter().any(|given| given.scheme == held.scheme)
            && !field_paths::is_at_or_below(IDENTIFIERS_POINTER, removals)
    };
    let borne: Vec<Identifier> = read_identifiers(current).into_iter().filter(is_left_out).collect();
    if left_out.is_empty() && borne.is_empty() {
        return Ok(());
    }
    let Some(owners) = ownership::load_owners_if_several(tx, head.id, origin, !borne.is_empty())? else {
        return Ok(());
    };
    let kept = borne.into_iter().filter(|borne| !is_owned_by(owners.get(&borne.to_string()), origin));
    incoming.insert("identifiers".into(), given.into_iter().chain(kept).map(|one| json!(one)).collect());
    for pointer in left_out.iter().filter(|pointer| !is_owned_by(owners.get(*pointer), origin)) {
        // As it is now: then it has not changed by this write.
        field_paths::set_field(incoming, pointer, is.get(pointer).copied());
    }
    Ok(())
}

/// Returns the identifiers of a canonical record.
fn read_identifiers(record: &Map<String, Value>) -> Vec<Identifier> {
    let all = record.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| read_identifier(Some(one.clone()), &BodyPath::Root, &mut FaultList::default()))
        .collect()
}

/// Merges the incoming changes into the current members; or returns the members that both sides changed to
/// different values.
fn merge_fields(
    base: &Map<String, Value>,
    current: &Map<String, Value>,
    incoming: &Map<String, Value>,
) -> Result<Map<String, Value>, Value> {
    let is_list = |pointer: &str| ["/identifiers", "/citations"].contains(&pointer);
    let (was, is, wanted) = (field_values(base), field_values(current), field_values(incoming));
    let mut merged = current.clone();
    let (mut conflicts, mut left) = (Vec::new(), MAX_CONFLICT_BYTES);
    for pointer in field_paths::changed_fields(Some(base), incoming) {
        let (was, is, wanted) = (was.get(&pointer), is.get(&pointer), wanted.get(&pointer));
        if is_list(&pointer) || is == wanted {
            continue;
        }
        if was == is {
            field_paths::set_field(&mut merged, &pointer, wanted.copied());
        } else {
            let mut conflict = json!({"pointer": pointer});
            for (name, side) in [("base", was), ("current", is), ("incoming", wanted)] {
                let (Some(members), Some(value)) = (conflict.as_object_mut(), side) else { continue };
                let size = value.to_string().len();
                if size <= left {
                    left -= size;
                    members.insert(name.into(), (*value).clone());
                }
            }
            conflicts.push(conflict);
        }
    }
    if conflicts.is_empty() { Ok(merged) } else { Err(conflicts.into()) }
}

/// Returns the current items without those the body removed, and with those it added.
fn merge_list(
    name: &str,
    base: &Map<String, Value>,
    current: &Map<String, Value>,
    incoming: &Map<String, Value>,
) -> Value {
    let items = |record: &Map<String, Value>| -> Vec<Value> {
        let items = record.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let without_origin = |mut item: Value| {
            item.as_object_mut().map(|members| members.shift_remove("origin"));
            item
        };
        items.into_iter().map(without_origin).collect()
    };
    let (was, is, wanted) = (items(base), items(current), items(incoming));
    let set = |items: &'_ [Value]| -> HashSet<Value> { items.iter().cloned().collect() };
    let (in_was, in_is, in_wanted) = (set(&was), set(&is), set(&wanted));
    let kept = is.iter().filter(|item| in_wanted.contains(item) || !in_was.contains(item));
    let added = wanted.iter().filter(|item| !in_was.contains(item) && !in_is.contains(item));
    kept.chain(added).cloned().collect()
}
