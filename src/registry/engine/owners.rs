//! Who wrote which member last, whose members are whose own, and members that two origins change back and forth.

use super::adopt::found_live;
use super::leaves::leaves;
use super::{Author, Name};
use crate::access;
use crate::clock::rfc3339;
use crate::db::schema::changes;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::content::Place;
use crate::registry::store::{self, ADOPTED, Head};
use crate::vocabulary::{Identifier, Kind, schemes};
use diesel::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Who wrote a member last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// The origin.
    pub(super) origin: String,
    /// The version it wrote.
    pub(super) version: i64,
    /// When.
    pub(super) at: i64,
}

/// Members that are told apart by their own rules: identifiers by their schemes, citations by their origins.
pub(super) const SHARED: [&str; 2] = [IDENTIFIERS, "/citations"];

/// The list of identifiers, each of which is its own.
pub(super) const IDENTIFIERS: &str = "/identifiers";

/// Who wrote which members last, by JSON Pointer, those removed too; and who gave which identifier.
pub(super) type Owners = BTreeMap<String, Owner>;

/// Who wrote the members of a record last, as the log tells. What was restored belongs to whom it belonged in the version
/// that it is of, and what follows a merge to whom it belonged before. With `identifiers`, `/identifiers` is not told as a
/// whole but each identifier that the record bears, as `scheme:value`, with who gave it.
///
/// # Errors
/// When the database fails.
pub(super) fn owners(tx: &mut Conn, id: Id, identifiers: bool) -> Outcome<Owners> {
    type Row = (i64, String, String, i64, String, Option<i64>);
    let rows: Vec<Row> = changes::table
        .filter(changes::record_id.eq(id))
        .select((
            changes::version,
            changes::op,
            changes::origin,
            changes::at,
            changes::changed,
            changes::owners_of,
        ))
        .order(changes::version)
        .load(tx)?;
    let mut borne_since = if identifiers { borne(tx, id)? } else { HashMap::new() };
    let asked: HashSet<i64> = rows.iter().filter_map(|row| row.5).collect();
    let (mut owners, mut then) = (Owners::new(), HashMap::<i64, Owners>::new());
    for (version, op, origin, at, changed, owners_of) in rows {
        let mut changed: Vec<String> = Place { kind: "record", id, version }.json(&changed)?;
        if let Some(borne) = borne_since.remove(&version) {
            owners.retain(|name, _| name.starts_with('/') || borne.contains(name));
            changed.retain(|pointer| pointer != IDENTIFIERS);
            changed.extend(borne.into_iter().filter(|identifier| !owners.contains_key(identifier)));
        }
        if matches!(op.as_str(), "delete" | "merge") {
            owners.clear();
        } else if let Some(of) = owners_of {
            for pointer in changed {
                match then.get(&of).and_then(|then| then.get(&pointer)) {
                    Some(owner) => drop(owners.insert(pointer, owner.clone())),
                    None if pointer.starts_with('/') => drop(owners.remove(&pointer)),
                    // An identifier of what was merged into the record is whose who merged them.
                    None => drop(owners.insert(pointer, Owner { origin: origin.clone(), version, at })),
                }
            }
        } else {
            let owner = Owner { origin, version, at };
            owners.extend(changed.into_iter().map(|pointer| (pointer, owner.clone())));
        }
        if asked.contains(&version) {
            then.insert(version, owners.clone());
        }
    }
    Ok(owners)
}

/// The identifiers that a record bore since each version that changed them, as `scheme:value`.
fn borne(tx: &mut Conn, id: Id) -> Outcome<HashMap<i64, BTreeSet<String>>> {
    let those = changes::record_id.eq(id).and(changes::changed.like(format!("%\"{IDENTIFIERS}\"%")));
    let rows: Vec<(i64, Option<String>)> =
        changes::table.filter(those).select((changes::version, changes::body)).load(tx)?;
    let bodies = rows.into_iter().filter_map(|(version, body)| Some((version, body?)));
    let read = |(version, body): (i64, String)| {
        let body: Map<String, Value> = Place { kind: "record", id, version }.json(&body)?;
        Ok((version, identifiers_of(&body)))
    };
    bodies.map(read).collect()
}

/// The identifiers of a canonical record, as `scheme:value`.
pub(super) fn identifiers_of(record: &Map<String, Value>) -> BTreeSet<String> {
    let all = record.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Some([one.get("scheme")?.as_str()?, one.get("value")?.as_str()?].join(":")))
        .collect()
}

/// As [`owners`], where others than `origin` wrote the record too; members that were adopted are nobody's. Most records
/// have one author, which one look at the log tells.
///
/// # Errors
/// When the database fails.
pub(super) fn of_several(tx: &mut Conn, id: Id, origin: &str, identifiers: bool) -> Outcome<Option<Owners>> {
    let own = if identifiers { vec![origin] } else { vec![origin, ADOPTED] };
    let others = changes::record_id.eq(id).and(changes::origin.ne_all(own));
    let other: Option<i64> = changes::table.filter(others).select(changes::version).first(tx).optional()?;
    other.map(|_| owners(tx, id, identifiers)).transpose()
}

/// The origins whose own identifiers a record bears: what they wrote on it is theirs.
///
/// # Errors
/// When the database fails.
pub(super) fn guardians(tx: &mut Conn, identifiers: &[Identifier]) -> Outcome<HashSet<String>> {
    let owned: Vec<&str> = identifiers.iter().map(|identifier| identifier.scheme.as_str()).collect();
    let owned: Vec<&str> = owned.into_iter().filter(|scheme| !schemes::OPEN.contains(scheme)).collect();
    if owned.is_empty() {
        return Ok(HashSet::new());
    }
    let keys = access::store::all(tx)?.into_iter();
    let keys = keys.filter(|key| key.schemes.iter().any(|scheme| owned.contains(&scheme.as_str())));
    Ok(keys.map(|key| key.origin).collect())
}

/// The members of a record with who wrote them last; `protected` are those that only that origin changes.
///
/// # Errors
/// 404, 410; when the database fails.
pub fn owned(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Vec<Value>> {
    let head = found_live(tx, kind, name)?;
    let content = head.members()?;
    let held = store::identifiers_of(tx, head.id)?;
    let (guardians, owners) = (guardians(tx, &held)?, owners(tx, head.id, true)?);
    let told = |pointer: &str, owner: &Owner| {
        let protected = guardians.contains(&owner.origin) && !SHARED.contains(&pointer);
        json!({
            "pointer": pointer, "origin": owner.origin, "version": owner.version, "at": rfc3339(owner.at),
            "protected": protected
        })
    };
    let members =
        leaves(&content).into_keys().filter_map(|pointer| Some(told(&pointer, owners.get(&pointer)?)));
    let given = identifiers_of(&content).into_iter().filter_map(|identifier| {
        let mut told = told(IDENTIFIERS, owners.get(&identifier)?);
        told.as_object_mut()?.insert("identifier".into(), identifier.into());
        Some(told)
    });
    Ok(members.chain(given).collect())
}

/// The members among `changed` that are another origin's own, each with that origin.
///
/// # Errors
/// When the database fails.
pub(super) fn owned_elsewhere(
    tx: &mut Conn,
    id: Id,
    held: &[Identifier],
    old: &Map<String, Value>,
    changed: &[String],
    origin: &str,
) -> Outcome<Vec<(String, String)>> {
    let mut guardians = guardians(tx, held)?;
    guardians.remove(origin);
    if guardians.is_empty() {
        return Ok(vec![]);
    }
    let (there, owners) = (leaves(old), owners(tx, id, false)?);
    let is_owned = |pointer: &&String| !SHARED.contains(&pointer.as_str()) && there.contains_key(*pointer);
    let owner = |pointer: &String| {
        let owner = owners.get(pointer).filter(|owner| guardians.contains(&owner.origin))?;
        Some((pointer.clone(), owner.origin.clone()))
    };
    Ok(changed.iter().filter(is_owned).filter_map(owner).collect())
}

/// What a deletion or a merge takes away from other origins: nothing, unless it is meant to.
///
/// # Errors
/// 409 naming the members.
pub(super) fn guarded(tx: &mut Conn, author: &Author, head: &Head) -> Outcome<Vec<(String, String)>> {
    let content = head.members()?;
    let all: Vec<String> = leaves(&content).into_keys().collect();
    let held = store::identifiers_of(tx, head.id)?;
    let owned = owned_elsewhere(tx, head.id, &held, &content, &all, &author.stamp.origin)?;
    if owned.is_empty() || author.force { Ok(owned) } else { Err(refusal(head.id, &owned).into()) }
}

/// The refusal that lists what is another's own.
pub(super) fn refusal(id: Id, owned: &[(String, String)]) -> Problem {
    let conflicts = owned.iter().map(|(pointer, owner)| json!({"pointer": pointer, "owner": owner}));
    let origins: BTreeSet<&str> = owned.iter().map(|(_, owner)| owner.as_str()).collect();
    Problem::new(Code::OwnedElsewhere)
        .fact("origin", origins.into_iter().collect::<Vec<_>>().join(", "))
        .with("id", id.to_string())
        .with("conflicts", conflicts.collect::<Value>())
}

/// How long a member is watched for going back and forth, in microseconds.
const WATCHED: i64 = 24 * 3_600 * 1_000_000;
/// How often a value may be put back.
const RETURNS: usize = 3;

/// Refuses to put a value back that another origin has replaced more than three times in twenty-four hours.
///
/// # Errors
/// 409 naming the members.
pub(super) fn refuse_loops(
    tx: &mut Conn,
    id: Id,
    new: &Map<String, Value>,
    changed: &[String],
    (origin, now): (&str, i64),
) -> Outcome<()> {
    let recent = || changes::table.filter(changes::record_id.eq(id).and(changes::at.ge(now - WATCHED)));
    let count: i64 = recent().count().get_result(tx)?;
    // Each return takes two versions, and there is one before the first.
    if count < i64::try_from(2 * RETURNS + 2).unwrap_or(i64::MAX) {
        return Ok(());
    }
    let rows: Vec<(i64, String, String, Option<String>)> = recent()
        .select((changes::version, changes::origin, changes::changed, changes::body))
        .order(changes::version)
        .load(tx)?;
    let versions: Vec<(String, Vec<String>, Map<String, Value>)> = rows
        .into_iter()
        .filter_map(|(version, origin, changed, body)| {
            let place = Place { kind: "record", id, version };
            let body = body?;
            Some(place.json(&changed).and_then(|changed| Ok((origin, changed, place.json(&body)?))))
        })
        .collect::<Result<_, Problem>>()?;
    let incoming = leaves(new);
    let loops: Vec<&String> = changed
        .iter()
        .filter(|pointer| {
            let wanted = incoming.get(*pointer).copied();
            let touching = versions.iter().filter(|(_, changed, _)| changed.contains(pointer));
            let mut steps: Vec<(&str, bool)> = touching
                .map(|(origin, _, body)| (origin.as_str(), leaves(body).get(*pointer).copied() == wanted))
                .collect();
            steps.push((origin, true));
            let returns = |steps: &&[(&str, bool)]| match steps {
                [(first, true), (other, false), (last, true)] => {
                    *first == origin && *last == origin && *other != origin
                }
                _ => false,
            };
            steps.windows(3).filter(returns).count() > RETURNS
        })
        .collect();
    if loops.is_empty() {
        return Ok(());
    }
    log::warn!("record {id}: `{origin}` and another origin change {loops:?} back and forth");
    let conflicts: Value = loops.iter().map(|pointer| json!({"pointer": pointer})).collect();
    Err(Problem::new(Code::SyncLoop).with("id", id.to_string()).with("conflicts", conflicts).into())
}
