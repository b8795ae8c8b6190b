//! What a record was: its versions, the record of one of them or of a time, what changed between two.

use super::adopt::found;
use super::present::present_past;
use super::read::show;
use super::{Name, gone, revivable};
use crate::clock::{Clock, rfc3339};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::content::Place;
use crate::registry::store::{self, Head, Past, Version};
use crate::vocabulary::Kind;
use serde_json::{Map, Value};

/// What answers to the name of a record.
#[derive(Debug, Clone)]
pub enum Found {
    /// The record: its version and its presented form.
    Record(i64, Map<String, Value>),
    /// It was merged into this one, or this one took the place of the authority whose code is asked for.
    Moved(Id),
}

/// Reads a record as it is, or as the registry held it at a time.
///
/// # Errors
/// 404, also when it did not exist yet; 410; when the database fails.
pub fn get(tx: &mut Conn, kind: Kind, name: &Name, as_of: Option<i64>, clock: &Clock) -> Outcome<Found> {
    let (head, is_old) = found(tx, kind, name)?;
    if is_old {
        return Ok(Found::Moved(head.id));
    }
    let Some(at) = as_of else {
        if !head.is_deleted() {
            return show(tx, kind, &head, clock).map(|(version, record)| Found::Record(version, record));
        }
        return match store::heir(tx, head.id)? {
            Some(heir) => Ok(Found::Moved(heir)),
            None => Err(gone(tx, &head)?.into()),
        };
    };
    let past = store::past_at(tx, head.id, at)?;
    let past = past.ok_or_else(|| Problem::new(Code::NotYet).fact("time", rfc3339(at)))?;
    match past.replaced_by {
        Some(heir) => Ok(Found::Moved(heir)),
        None => Ok(Found::Record(past.version, shown(tx, kind, &head, &past, clock)?)),
    }
}

/// A page of a record's versions.
#[derive(Debug, Clone)]
pub struct History {
    /// The record.
    pub id: Id,
    /// The versions, newest first.
    pub versions: Vec<Version>,
    /// Whether there are older ones.
    pub more: bool,
}

/// Reads a page of the versions of a record, a tombstone too: the newest, or those before a number.
///
/// # Errors
/// 404; when the database fails.
pub fn versions(tx: &mut Conn, kind: Kind, name: &Name, before: Option<i64>, limit: i64) -> Outcome<History> {
    let id = found(tx, kind, name)?.0.id;
    let mut versions = store::versions(tx, id, before, limit + 1)?;
    let more = versions.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        versions.pop();
    }
    Ok(History { id, versions, more })
}

/// Reads a record as it was in a version. What is derived is of today.
///
/// # Errors
/// 404 without such a version; 410 where it is a deletion, or has been erased; when the database fails.
pub fn version(
    tx: &mut Conn,
    kind: Kind,
    name: &Name,
    number: i64,
    clock: &Clock,
) -> Outcome<Map<String, Value>> {
    let (head, _) = found(tx, kind, name)?;
    let past = past(tx, &head, number)?;
    shown(tx, kind, &head, &past, clock)
}

/// The JSON Patch (RFC 6902) that turns one version of a record into another. Version 0, like a deletion, is the empty
/// object.
///
/// # Errors
/// As [`version`], but for a deletion to start from.
pub fn diff(
    tx: &mut Conn,
    kind: Kind,
    name: &Name,
    from: i64,
    to: i64,
    clock: &Clock,
) -> Outcome<json_patch::Patch> {
    let (head, _) = found(tx, kind, name)?;
    let new = past(tx, &head, to)?;
    let new = shown(tx, kind, &head, &new, clock)?;
    let old = if from == 0 { None } else { Some(past(tx, &head, from)?).filter(|old| !old.is_end()) };
    let old = match old {
        Some(old) => shown(tx, kind, &head, &old, clock)?,
        None => Map::new(),
    };
    Ok(json_patch::diff(&old.into(), &new.into()))
}

/// A version as it is answered.
fn shown(tx: &mut Conn, kind: Kind, head: &Head, past: &Past, clock: &Clock) -> Outcome<Map<String, Value>> {
    let content = content(tx, head, past)?;
    present_past(tx, kind, place(head, past), content, clock)
}

/// The row of a version.
fn place<'a>(head: &'a Head, past: &Past) -> Place<'a> {
    Place { version: past.version, ..head.place() }
}

/// A version of a record.
pub(super) fn past(tx: &mut Conn, head: &Head, number: i64) -> Outcome<Past> {
    let past = store::past(tx, head.id, number)?;
    Ok(past.ok_or_else(|| Problem::new(Code::NoSuchVersion).fact("version", number))?)
}

/// The content of a version, in the shape of today.
pub(super) fn content(tx: &mut Conn, head: &Head, past: &Past) -> Outcome<Map<String, Value>> {
    if let Some(body) = &past.body {
        return Ok(store::upgrade(past.shape, place(head, past).members(body)?));
    }
    let mut problem = Problem::new(if past.is_end() { Code::Gone } else { Code::Erased })
        .with("id", head.id.to_string())
        .with("version", past.version)
        .with("current_version", head.version);
    if past.is_end() {
        problem = revivable(tx, head, problem)?;
    }
    if let Some(heir) = past.replaced_by {
        problem = problem.with("replaced_by", heir.to_string());
    }
    Err(problem.into())
}
