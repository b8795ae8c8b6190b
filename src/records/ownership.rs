//! Field ownership: which origin wrote each field last, which fields only their owner may change, and
//! detection of write loops between two origins.

use super::author::Author;
use super::field_paths::field_values;
use super::find::find_live_or_successor;
use super::record_key::RecordKey;
use crate::auth;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::changes;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::origins::ADOPTION_ORIGIN;
use crate::domain::schemes;
use crate::kinds::stored_content;
use crate::store::damage::StoredRowId;
use crate::store::identifiers;
use crate::store::records::RecordRow;
use crate::util::clock::rfc3339;
use diesel::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The last writer of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldOwner {
    /// The origin.
    pub(super) origin: String,
    /// The version that wrote it.
    pub(super) version: i64,
    /// When, in microseconds since 1970.
    pub(super) at: i64,
}

/// Lists whose items have owners of their own: identifiers by scheme, citations by origin.
pub(super) const SHARED_LISTS: [&str; 2] = [IDENTIFIERS_POINTER, "/citations"];

/// The pointer of the identifiers.
pub(super) const IDENTIFIERS_POINTER: &str = "/identifiers";

/// The last writer of each field by JSON Pointer, removed ones included, and of each identifier.
pub(super) type FieldOwners = BTreeMap<String, FieldOwner>;

/// Reads the last writers of a record's fields from the change log. A restored version gives fields back to
/// their owners of that version, a merge to those before it. With `identifiers`, each identifier of the
/// record is listed as `scheme:value`, instead of the list as a whole.
pub(super) fn load_owners(tx: &mut Conn, id: Id, identifiers: bool) -> TxResult<FieldOwners> {
    type OwnershipRow = (i64, String, String, i64, String, Option<i64>);
    let rows: Vec<OwnershipRow> = changes::table
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
    let mut borne_since = if identifiers { identifiers_by_version(tx, id)? } else { HashMap::new() };
    let asked: HashSet<i64> = rows.iter().filter_map(|row| row.5).collect();
    let (mut owners, mut then) = (FieldOwners::new(), HashMap::<i64, FieldOwners>::new());
    for (version, op, origin, at, changed, owners_of) in rows {
        let mut changed: Vec<String> = StoredRowId { kind: "record", id, version }.parse_json(&changed)?;
        if let Some(borne) = borne_since.remove(&version) {
            owners.retain(|name, _| name.starts_with('/') || borne.contains(name));
            changed.retain(|pointer| pointer != IDENTIFIERS_POINTER);
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
                    None => drop(owners.insert(pointer, FieldOwner { origin: origin.clone(), version, at })),
                }
            }
        } else {
            let owner = FieldOwner { origin, version, at };
            owners.extend(changed.into_iter().map(|pointer| (pointer, owner.clone())));
        }
        if asked.contains(&version) {
            then.insert(version, owners.clone());
        }
    }
    Ok(owners)
}

/// Reads the identifiers of a record since each version that changed them, as `scheme:value`.
fn identifiers_by_version(tx: &mut Conn, id: Id) -> TxResult<HashMap<i64, BTreeSet<String>>> {
    let those = changes::record_id.eq(id).and(changes::changed.like(format!("%\"{IDENTIFIERS_POINTER}\"%")));
    let rows: Vec<(i64, Option<String>)> =
        changes::table.filter(those).select((changes::version, changes::body)).load(tx)?;
    let bodies = rows.into_iter().filter_map(|(version, body)| Some((version, body?)));
    let read = |(version, body): (i64, String)| {
        let body: Map<String, Value> = StoredRowId { kind: "record", id, version }.parse_json(&body)?;
        Ok((version, identifier_texts(&body)))
    };
    bodies.map(read).collect()
}

/// Returns the identifiers of a canonical record, as `scheme:value`.
pub(super) fn identifier_texts(record: &Map<String, Value>) -> BTreeSet<String> {
    let all = record.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Some([one.get("scheme")?.as_str()?, one.get("value")?.as_str()?].join(":")))
        .collect()
}

/// As [`load_owners`], only where others than `origin` wrote the record too; fields created by adoption
/// have no owner. Most records have one author, which a single look-up in the log shows.
pub(super) fn load_owners_if_several(
    tx: &mut Conn,
    id: Id,
    origin: &str,
    identifiers: bool,
) -> TxResult<Option<FieldOwners>> {
    let own = if identifiers { vec![origin] } else { vec![origin, ADOPTION_ORIGIN] };
    let others = changes::record_id.eq(id).and(changes::origin.ne_all(own));
    let other: Option<i64> = changes::table.filter(others).select(changes::version).first(tx).optional()?;
    other.map(|_| load_owners(tx, id, identifiers)).transpose()
}

/// Returns the origins that own one of the schemes of these identifiers: what they wrote on the record is
/// protected.
pub(super) fn identifier_owners(tx: &mut Conn, identifiers: &[Identifier]) -> TxResult<HashSet<String>> {
    let owned: Vec<&str> = identifiers.iter().map(|identifier| identifier.scheme.as_str()).collect();
    let owned: Vec<&str> =
        owned.into_iter().filter(|scheme| !schemes::OPEN_SCHEMES.contains(scheme)).collect();
    if owned.is_empty() {
        return Ok(HashSet::new());
    }
    let keys = auth::key_store::all(tx)?.into_iter();
    let keys = keys.filter(|key| key.schemes.iter().any(|scheme| owned.contains(&scheme.as_str())));
    Ok(keys.map(|key| key.origin).collect())
}

/// Lists the fields of a record with their last writers; `protected` ones may be changed by that origin
/// only.
///
/// # Errors
/// 404, 410.
pub fn field_owners(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<Vec<Value>> {
    let head = find_live_or_successor(tx, kind, key)?;
    let content = stored_content::record_members(&head)?;
    let current_identifiers = identifiers::load_identifiers(tx, head.id)?;
    let (guardians, owners) = (identifier_owners(tx, &current_identifiers)?, load_owners(tx, head.id, true)?);
    let field_json = |pointer: &str, owner: &FieldOwner| {
        let protected = guardians.contains(&owner.origin) && !SHARED_LISTS.contains(&pointer);
        json!({
            "pointer": pointer, "origin": owner.origin, "version": owner.version, "at": rfc3339(owner.at),
            "protected": protected
        })
    };
    let members = field_values(&content)
        .into_keys()
        .filter_map(|pointer| Some(field_json(&pointer, owners.get(&pointer)?)));
    let given = identifier_texts(&content).into_iter().filter_map(|identifier| {
        let mut field_json = field_json(IDENTIFIERS_POINTER, owners.get(&identifier)?);
        field_json.as_object_mut()?.insert("identifier".into(), identifier.into());
        Some(field_json)
    });
    Ok(members.chain(given).collect())
}

/// Returns the fields among `changed` that another origin owns, each with that origin.
pub(super) fn fields_of_others(
    tx: &mut Conn,
    id: Id,
    current_identifiers: &[Identifier],
    old: &Map<String, Value>,
    changed: &[String],
    origin: &str,
) -> TxResult<Vec<(String, String)>> {
    let mut guardians = identifier_owners(tx, current_identifiers)?;
    guardians.remove(origin);
    if guardians.is_empty() {
        return Ok(vec![]);
    }
    let (there, owners) = (field_values(old), load_owners(tx, id, false)?);
    let is_owned =
        |pointer: &&String| !SHARED_LISTS.contains(&pointer.as_str()) && there.contains_key(*pointer);
    let owner = |pointer: &String| {
        let owner = owners.get(pointer).filter(|owner| guardians.contains(&owner.origin))?;
        Some((pointer.clone(), owner.origin.clone()))
    };
    Ok(changed.iter().filter(is_owned).filter_map(owner).collect())
}

/// Checks that a deletion or a merge removes no field of another origin, unless forced.
///
/// # Errors
/// 409 naming the fields.
pub(super) fn check_fields_lost(
    tx: &mut Conn,
    author: &Author,
    head: &RecordRow,
) -> TxResult<Vec<(String, String)>> {
    let content = stored_content::record_members(head)?;
    let all: Vec<String> = field_values(&content).into_keys().collect();
    let current_identifiers = identifiers::load_identifiers(tx, head.id)?;
    let owned =
        fields_of_others(tx, head.id, &current_identifiers, &content, &all, &author.provenance.origin)?;
    if owned.is_empty() || author.force {
        Ok(owned)
    } else {
        Err(owned_elsewhere_problem(head.id, &owned).into())
    }
}

/// The 409 that lists fields owned by others.
pub(super) fn owned_elsewhere_problem(id: Id, owned: &[(String, String)]) -> Problem {
    let conflicts = owned.iter().map(|(pointer, owner)| json!({"pointer": pointer, "owner": owner}));
    let origins: BTreeSet<&str> = owned.iter().map(|(_, owner)| owner.as_str()).collect();
    Problem::new(ErrorCode::OwnedElsewhere)
        .with_arg("origin", origins.into_iter().collect::<Vec<_>>().join(", "))
        .with_member("id", id.to_string())
        .with_member("conflicts", conflicts.collect::<Value>())
}

/// The time window of the detection of write loops, in microseconds: a day.
const LOOP_WINDOW_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// How often a value may be restored within the window.
const MAX_VALUE_RETURNS: usize = 3;

/// Refuses to restore a value that another origin has replaced more than three times within a day.
///
/// # Errors
/// 409 naming the fields.
pub(super) fn refuse_write_loops(
    tx: &mut Conn,
    id: Id,
    new: &Map<String, Value>,
    changed: &[String],
    (origin, now): (&str, i64),
) -> TxResult<()> {
    let recent =
        || changes::table.filter(changes::record_id.eq(id).and(changes::at.ge(now - LOOP_WINDOW_MICROS)));
    let count: i64 = recent().count().get_result(tx)?;
    // Each return takes two versions, and there is one before the first.
    if count < i64::try_from(2 * MAX_VALUE_RETURNS + 2).unwrap_or(i64::MAX) {
        return Ok(());
    }
    let rows: Vec<(i64, String, String, Option<String>)> = recent()
        .select((changes::version, changes::origin, changes::changed, changes::body))
        .order(changes::version)
        .load(tx)?;
    let versions: Vec<(String, Vec<String>, Map<String, Value>)> = rows
        .into_iter()
        .filter_map(|(version, origin, changed, body)| {
            let place = StoredRowId { kind: "record", id, version };
            let body = body?;
            Some(
                place
                    .parse_json(&changed)
                    .and_then(|changed| Ok((origin, changed, place.parse_json(&body)?))),
            )
        })
        .collect::<Result<_, Problem>>()?;
    let incoming = field_values(new);
    let loops: Vec<&String> = changed
        .iter()
        .filter(|pointer| {
            let wanted = incoming.get(*pointer).copied();
            let touching = versions.iter().filter(|(_, changed, _)| changed.contains(pointer));
            let mut steps: Vec<(&str, bool)> = touching
                .map(|(origin, _, body)| {
                    (origin.as_str(), field_values(body).get(*pointer).copied() == wanted)
                })
                .collect();
            steps.push((origin, true));
            let returns = |steps: &&[(&str, bool)]| match steps {
                [(first, true), (other, false), (last, true)] => {
                    *first == origin && *last == origin && *other != origin
                }
                _ => false,
            };
            steps.windows(3).filter(returns).count() > MAX_VALUE_RETURNS
        })
        .collect();
    if loops.is_empty() {
        return Ok(());
    }
    log::warn!("record {id}: `{origin}` and another origin change {loops:?} back and forth");
    let conflicts: Value = loops.iter().map(|pointer| json!({"pointer": pointer})).collect();
    Err(Problem::new(ErrorCode::SyncLoop)
        .with_member("id", id.to_string())
        .with_member("conflicts", conflicts)
        .into())
}
