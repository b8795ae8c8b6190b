//! Three-way merges: what the caller changed since the version it knew, on top of what others changed since.

use super::leaves::{self, leaves};
use super::refs::{Resolved, Resolver};
use super::{Draft, Name, live};
use crate::db::schema::changes;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::store::{self, Stamp};
use crate::vocabulary::{At, Kind, Member};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// The stored record of a version.
///
/// # Errors
/// 400 when the record has no such version that can be read.
pub(super) fn base(tx: &mut Conn, id: Id, version: i64) -> Outcome<Map<String, Value>> {
    let row = changes::table.filter(changes::record_id.eq(id).and(changes::version.eq(version)));
    let body: Option<Option<String>> = row.select(changes::body).first(tx).optional()?;
    let record = body.flatten().and_then(|body| serde_json::from_str(&body).ok());
    let misfit = || Fault::misfit("base_version", &version.to_string(), "a version of this record");
    Ok(record.ok_or_else(|| Problem::bad_request(vec![misfit()]))?)
}

/// The draft that results from putting what `draft` changes of `version` on top of the record as it is. A draft with
/// faults is given back as it is: the write that follows tells them.
///
/// # Errors
/// 400 for a version that is not there; 409 naming the members that changed on both sides.
pub fn rebase(
    tx: &mut Conn,
    stamp: &Stamp,
    kind: Kind,
    name: &Name,
    version: i64,
    mut draft: Draft,
    today: Date,
) -> Outcome<Draft> {
    let id = live(tx, kind, name)?.id;
    store::lock(tx, id)?;
    let head = live(tx, kind, &Name::Id(id))?;
    let base = base(tx, id, version)?;
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
    let current: Map<String, Value> = serde_json::from_str(&head.content).unwrap_or_default();
    let mut incoming = draft.content.json().as_object().cloned().unwrap_or_default();
    let merged = merge(&base, &current, &incoming).map_err(|conflicts| {
        Problem::new(Code::MergeConflict)
            .with("id", head.id.to_string())
            .with("current_version", head.version)
            .with("conflicts", conflicts)
    })?;
    incoming.insert("identifiers".into(), json!(draft.identifiers));
    incoming.insert("citations".into(), json!(draft.citations));
    let mut merged = merged;
    for list in ["identifiers", "citations"] {
        merged.insert(list.into(), merge_list(list, &base, &current, &incoming));
    }
    let adopted = draft.adopted;
    Ok(Draft { adopted, ..Draft::read(kind, merged.into(), None).map_err(Problem::invalid)? })
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
    let mut conflicts = Vec::new();
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
                if let (Some(members), Some(value)) = (conflict.as_object_mut(), side) {
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
    let kept = is.iter().filter(|item| wanted.contains(item) || !was.contains(item));
    let added = wanted.iter().filter(|item| !was.contains(item) && !is.contains(item));
    kept.chain(added).cloned().collect()
}
