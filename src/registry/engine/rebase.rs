//! Three-way merges: what the caller changed since the version it knew, on top of what others changed since.

use super::guard::{is_of, is_shared};
use super::leaves::{self, leaves};
use super::owners::{self, IDENTIFIERS};
use super::refs::{Resolved, Resolver};
use super::{Draft, Name, live};
use crate::db::schema::changes;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::content::Place;
use crate::registry::store::{self, Head, Stamp};
use crate::vocabulary::{At, Faults, Identifier, Kind, Member};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// How much of the values of conflicts is told, in bytes.
const MOST_TOLD: usize = 256 << 10;

/// The stored record of a version.
///
/// # Errors
/// 400 when the record has no such version that can be read.
pub fn base(tx: &mut Conn, head: &Head, version: i64) -> Outcome<Map<String, Value>> {
    let row = changes::table.filter(changes::record_id.eq(head.id).and(changes::version.eq(version)));
    let body: Option<Option<String>> = row.select(changes::body).first(tx).optional()?;
    let Some(body) = body.flatten() else {
        let misfit = Fault::misfit("base_version", &version.to_string(), "a version of this record");
        return Err(Problem::bad_request(vec![misfit]).into());
    };
    Ok(Place { version, ..head.place() }.members(&body)?)
}

/// The draft that results from putting what `draft` changes of a version on top of the record as it is. Beside the version
/// stands whether the body may leave out what its author does not know: then what it leaves out is kept, if it does not take
/// it away on purpose and the author's origin did not write it. A draft with faults is given back as it is: the
/// write that follows tells them.
///
/// # Errors
/// 400 for a version that is not there; 409 naming the members that changed on both sides.
pub fn rebase(
    tx: &mut Conn,
    stamp: &Stamp,
    kind: Kind,
    name: &Name,
    (version, is_whole): (i64, bool),
    mut draft: Draft,
    today: Date,
) -> Outcome<Draft> {
    let id = live(tx, kind, name)?.id;
    store::lock(tx, id)?;
    let head = live(tx, kind, &Name::Id(id))?;
    let base = base(tx, &head, version)?;
    let mut resolver = Resolver::new(tx, stamp, today);
    draft.content.walk(&mut resolver);
    for citation in &mut draft.citations {
        citation.walk(&At::Root, &mut resolver);
    }
    let Resolved { faults, adopted, .. } = resolver.finish()?;
    draft.adopted.extend(adopted);
    if !faults.is_empty() || !draft.faults.is_empty() {
        return Ok(draft);
    }
    let current = head.members()?;
    let mut incoming = draft.content.json().as_object().cloned().unwrap_or_default();
    incoming.insert("identifiers".into(), json!(draft.identifiers));
    incoming.insert("citations".into(), json!(draft.citations));
    if is_whole {
        keep_of_others(tx, &head, &stamp.origin, &draft.removals, (&base, &current), &mut incoming)?;
    }
    let merged = merge(&base, &current, &incoming).map_err(|conflicts| {
        Problem::new(Code::MergeConflict)
            .with("id", head.id.to_string())
            .with("current_version", head.version)
            .with("conflicts", conflicts)
    })?;
    let mut merged = merged;
    for list in ["identifiers", "citations"] {
        merged.insert(list.into(), merge_list(list, &base, &current, &incoming));
    }
    let adopted = draft.adopted;
    Ok(Draft { adopted, ..Draft::read(kind, merged.into(), None).map_err(Problem::invalid)? })
}

/// Completes what comes in by the members that it leaves out, does not take away on purpose, and that others wrote last.
fn keep_of_others(
    tx: &mut Conn,
    head: &Head,
    origin: &str,
    removals: &[String],
    (base, current): (&Map<String, Value>, &Map<String, Value>),
    incoming: &mut Map<String, Value>,
) -> Outcome<()> {
    let (was, is) = (leaves(base), leaves(current));
    let given = leaves(incoming);
    let is_left_out = |pointer: &&String| {
        !given.contains_key(*pointer) && !is_shared(pointer) && !leaves::is_among(pointer, removals)
    };
    let left_out: Vec<String> = was.keys().filter(is_left_out).cloned().collect();
    let given = identifiers(incoming);
    let is_left_out = |held: &Identifier| {
        !given.iter().any(|given| given.scheme == held.scheme) && !leaves::is_among(IDENTIFIERS, removals)
    };
    let borne: Vec<Identifier> = identifiers(current).into_iter().filter(is_left_out).collect();
    if left_out.is_empty() && borne.is_empty() {
        return Ok(());
    }
    let Some(owners) = owners::of_several(tx, head.id, origin, !borne.is_empty())? else { return Ok(()) };
    let kept = borne.into_iter().filter(|borne| !is_of(owners.get(&borne.to_string()), origin));
    incoming.insert("identifiers".into(), given.into_iter().chain(kept).map(|one| json!(one)).collect());
    for pointer in left_out.iter().filter(|pointer| !is_of(owners.get(*pointer), origin)) {
        // As it is now: then it has not changed by this write.
        leaves::set(incoming, pointer, is.get(pointer).copied());
    }
    Ok(())
}

/// The identifiers of a canonical record.
fn identifiers(record: &Map<String, Value>) -> Vec<Identifier> {
    let all = record.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Identifier::read(Some(one.clone()), &At::Root, &mut Faults::default())).collect()
}

/// The current members with the incoming changes; or the members that both sides changed, to different values.
fn merge(
    base: &Map<String, Value>,
    current: &Map<String, Value>,
    incoming: &Map<String, Value>,
) -> Result<Map<String, Value>, Value> {
    let is_list = |pointer: &str| ["/identifiers", "/citations"].contains(&pointer);
    let (was, is, wanted) = (leaves(base), leaves(current), leaves(incoming));
    let mut merged = current.clone();
    let (mut conflicts, mut left) = (Vec::new(), MOST_TOLD);
    for pointer in leaves::changed(Some(base), incoming) {
        let (was, is, wanted) = (was.get(&pointer), is.get(&pointer), wanted.get(&pointer));
        if is_list(&pointer) || is == wanted {
            continue;
        }
        if was == is {
            leaves::set(&mut merged, &pointer, wanted.copied());
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

/// The current items without those that the caller took away, and with those that it added.
fn merge_list(
    name: &str,
    base: &Map<String, Value>,
    current: &Map<String, Value>,
    incoming: &Map<String, Value>,
) -> Value {
    let items = |record: &Map<String, Value>| -> Vec<Value> {
        let items = record.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let bare = |mut item: Value| {
            item.as_object_mut().map(|members| members.shift_remove("origin"));
            item
        };
        items.into_iter().map(bare).collect()
    };
    let (was, is, wanted) = (items(base), items(current), items(incoming));
    let set = |items: &'_ [Value]| -> HashSet<Value> { items.iter().cloned().collect() };
    let (in_was, in_is, in_wanted) = (set(&was), set(&is), set(&wanted));
    let kept = is.iter().filter(|item| in_wanted.contains(item) || !in_was.contains(item));
    let added = wanted.iter().filter(|item| !in_was.contains(item) && !in_is.contains(item));
    kept.chain(added).cloned().collect()
}
