//! Which record a write is about, locked; or that there is none yet.

use super::{Draft, Name, existing, gone};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::store::{self, Head};
use crate::vocabulary::{At, Faults, Identifier, Kind, Member as _};
use serde_json::Value;

/// What a write is to do.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Make a record with this id.
    Create(Id),
    /// Write the record with this id, reserved or there already.
    Upsert(Id),
    /// Replace the record of this name; by an identifier, make it with this id where there is none.
    Replace(Name, Id),
    /// Write again what was there, with the citations that were.
    Again(Id, Again, Vec<Value>),
}

/// Why a record is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// This version of it is restored; a tombstone revives.
    Restored(i64),
    /// What it refers to has got another id, or it has got identifiers of another.
    Merged,
}

/// The record to be replaced, locked; none when one is to be made.
pub(super) fn target(tx: &mut Conn, kind: Kind, goal: &Goal, draft: &mut Draft) -> Outcome<Option<Head>> {
    let id = match goal {
        Goal::Create(_) => {
            if let Some((identifier, existing)) = first_taken(tx, kind, draft, None)? {
                return Err(taken(&identifier, &existing).into());
            }
            return Ok(None);
        }
        Goal::Replace(Name::Id(id), _) | Goal::Upsert(id) | Goal::Again(id, ..) => Some(*id),
        Goal::Replace(Name::Identifier(identifier), _) => by_identifiers(tx, kind, identifier, draft)?,
    };
    let Some(id) = id else { return Ok(None) };
    let head = store::locked(tx, id)?;
    if let Goal::Replace(name @ Name::Id(_), _) = goal
        && head.as_ref().is_none_or(|head| head.kind != kind.as_str())
    {
        return Err(Problem::new(Code::NoSuchRecord).fact("id", name).into());
    }
    let revives = matches!(goal, Goal::Again(_, Again::Restored(_), _));
    if let Some(head) = head.as_ref().filter(|head| head.is_deleted() && !revives) {
        return Err(gone(tx, head)?.into());
    }
    untaken(tx, kind, id, draft)?;
    Ok(head)
}

/// No identifier of a draft is another record's.
pub(super) fn untaken(tx: &mut Conn, kind: Kind, id: Id, draft: &Draft) -> Outcome<()> {
    match first_taken(tx, kind, draft, Some(id))? {
        Some((identifier, existing)) => Err(taken(&identifier, &existing).into()),
        None => Ok(()),
    }
}

/// The one record that the path's identifier and the body's name; the path's is added to the body's.
fn by_identifiers(tx: &mut Conn, kind: Kind, path: &Identifier, draft: &mut Draft) -> Outcome<Option<Id>> {
    let natural = draft.content.natural_key();
    match &natural {
        Some((scheme, value)) if *scheme == path.scheme => {
            if *value != path.value {
                draft.faults.add(Fault::at(
                    format!("/{scheme}"),
                    Code::Mismatch,
                    vec![("expected", path.value.clone())],
                ));
            }
        }
        _ => {
            let checked = path.clone().checked();
            let path = checked
                .map_err(|(code, facts)| Problem::invalid(vec![Fault::at("/identifiers", code, facts)]))?;
            if !draft.identifiers.contains(&path) {
                draft.identifiers.push(path);
                draft.identifiers.sort();
            }
        }
    }
    let mut ids = store::by_identifier(tx, &[kind], path)?;
    ids.extend(holders(tx, kind, draft)?);
    only(kind, ids)
}

/// The one record, tombstones included, that the identifiers and the natural key of a body name. Those that cannot be read
/// name none: reading the whole body tells them.
///
/// # Errors
/// 409 when they name several.
pub fn holder(tx: &mut Conn, kind: Kind, body: &Value) -> Outcome<Option<Id>> {
    let given = body.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    let read = |value: &Value| Identifier::read(Some(value.clone()), &At::Root, &mut Faults::default());
    let natural = kind.shelf().natural_key().and_then(|scheme| {
        let value = body.get(scheme).filter(|value| !value.is_null())?;
        Some(Identifier {
            scheme: scheme.into(),
            value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        })
    });
    let mut ids = Vec::new();
    for identifier in given.filter_map(read).chain(natural) {
        ids.extend(store::by_identifier(tx, &[kind], &identifier)?);
    }
    only(kind, ids)
}

/// Makes the row of a record that is about to be written, with its identifiers, so that others can refer to it.
///
/// # Errors
/// When the database fails.
pub fn reserve(tx: &mut Conn, kind: Kind, id: Id, draft: &Draft) -> Outcome<()> {
    let named: Vec<Identifier> = draft.identifiers.iter().cloned().chain(natural_identifier(draft)).collect();
    store::reserve(tx, kind, id)?;
    Ok(store::set_identifiers(tx, kind, id, &[], &named)?)
}

fn holders(tx: &mut Conn, kind: Kind, draft: &Draft) -> Outcome<Vec<Id>> {
    let mut ids = Vec::new();
    for identifier in draft.identifiers.iter().chain(&natural_identifier(draft)) {
        ids.extend(store::by_identifier(tx, &[kind], identifier)?);
    }
    Ok(ids)
}

fn only(kind: Kind, mut ids: Vec<Id>) -> Outcome<Option<Id>> {
    ids.sort();
    ids.dedup();
    if ids.len() > 1 {
        let existing: Vec<Value> = ids.iter().map(|id| existing(kind, *id)).collect();
        return Err(Problem::new(Code::Ambiguous).with("existing", existing).into());
    }
    Ok(ids.first().copied())
}

fn first_taken(
    tx: &mut Conn,
    kind: Kind,
    draft: &Draft,
    id: Option<Id>,
) -> Outcome<Option<(Identifier, Value)>> {
    for identifier in draft.identifiers.iter().chain(&natural_identifier(draft)) {
        let holder = store::by_identifier(tx, &[kind], identifier)?.first().copied();
        if let Some(holder) = holder.filter(|holder| Some(*holder) != id) {
            return Ok(Some((identifier.clone(), existing(kind, holder))));
        }
    }
    Ok(None)
}

/// The natural key of a draft, as an identifier.
pub(super) fn natural_identifier(draft: &Draft) -> Option<Identifier> {
    draft.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value })
}

fn taken(identifier: &Identifier, existing: &Value) -> Problem {
    Problem::new(Code::IdentifierTaken).fact("identifier", identifier).with("existing", existing.clone())
}
