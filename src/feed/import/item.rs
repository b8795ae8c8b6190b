//! One record of an import: what it says of itself, which record it is about, and its writing.

use super::report::{Action, Done};
use super::{Job, Mode, Permit, unspooled};
use crate::db::types::Id;
use crate::db::{Conn, Failure, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::engine::{self, Draft, Goal, Precondition};
use crate::registry::store::{self, Change, Head};
use crate::vocabulary::{Kind, member};
use serde_json::Value;

/// A record as it stands in the file.
struct Item {
    kind: Kind,
    draft: Draft,
    id: Option<Id>,
    version: Option<i64>,
}

/// Work that refuses records rather than the whole: what it refuses is a verdict, and what the database will refuse again.
pub(super) fn refusable<T>(outcome: Outcome<T>) -> Outcome<Result<T, Problem>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(problem)) => Ok(Err(problem)),
        Err(failure) if failure.is_lasting() => Ok(Err(failure.into_problem())),
        Err(failure @ Failure::Database(_)) => Err(failure),
    }
}

/// Writes a record, if it may be written.
///
/// # Errors
/// Why it is rejected; when the database fails.
pub(super) fn write(tx: &mut Conn, job: &Job, permit: &Permit, index: u32) -> Outcome<(Done, Vec<Change>)> {
    let item = read(job, permit, index)?;
    let (kind, found) = (item.kind, find(tx, &item)?);
    let goal = match &found {
        Some(head) if head.is_deleted() => return Err(engine::gone(tx, head)?.into()),
        Some(head) => Goal::Upsert(head.id),
        None => Goal::Create(item.id.unwrap_or_else(store::new_id)),
    };
    if let Some(head) = &found {
        job.aliases.learn(item.id, head.id);
    }
    let exists = found.filter(|head| head.version > 0).map(|head| head.id);
    match (job.options.mode, exists) {
        (Mode::Create, Some(id)) => {
            let existing = engine::existing(kind, id);
            return Err(Problem::new(Code::RecordExists).with("existing", existing).into());
        }
        (Mode::Update, None) => return Err(unknown(&item).into()),
        _ => {}
    }
    let versions = item.version.filter(|_| exists.is_some()).map(|version| vec![version]);
    let precondition = Precondition { versions, refused: None };
    let today = job.clock.today();
    let written = engine::write(tx, &permit.author, kind, &goal, item.draft, &precondition, today)?;
    let action = match (written.created, written.changes.is_empty()) {
        (true, _) => Action::Created,
        (false, false) => Action::Updated,
        (false, true) => Action::Unchanged,
    };
    Ok((Done { action, id: written.id, version: written.version }, written.changes))
}

/// Makes the row of a record that will be made, so that others can refer to it before it is written; whether it did.
///
/// # Errors
/// When the database fails.
pub(super) fn reserve(tx: &mut Conn, job: &Job, permit: &Permit, index: u32) -> Outcome<bool> {
    let Ok(item) = read(job, permit, index) else { return Ok(false) };
    let found = refusable(find(tx, &item))?;
    if let Ok(Some(head)) = &found {
        job.aliases.learn(item.id, head.id);
    }
    if job.options.mode == Mode::Update || !matches!(found, Ok(None)) {
        return Ok(false);
    }
    engine::reserve(tx, item.kind, item.id.unwrap_or_else(store::new_id), &item.draft)?;
    Ok(true)
}

fn unknown(item: &Item) -> Problem {
    let identifier = item.draft.identifiers.first().map(ToString::to_string);
    let name = item.id.map(|id| id.to_string()).or(identifier);
    Problem::new(Code::NoSuchRecord).fact("id", name.unwrap_or_default())
}

fn read(job: &Job, permit: &Permit, index: u32) -> Result<Item, Problem> {
    let entry = job.spool.entries.get(index as usize).copied().ok_or_else(|| Problem::new(Code::Internal))?;
    let record = job.spool.read(entry).map_err(unspooled)?;
    let mut record: Value = serde_json::from_slice(&record).map_err(|_| Problem::new(Code::Internal))?;
    let Some(kind) = entry.kind else { return Err(without_kind(&record)) };
    permit.may_write(kind)?;
    let (id, version) = (take(&mut record, "id"), take(&mut record, "version"));
    let mut faults = Vec::new();
    let mut wrong = |name: &str, expected: &str| {
        let facts = vec![("expected", expected.to_owned())];
        faults.push(Fault::at(format!("/{name}"), Code::WrongType, facts));
    };
    let uuid = id.as_ref().and_then(Value::as_str).and_then(store::parse_id);
    if id.is_some() && uuid.is_none() {
        wrong("id", "UUID");
    }
    let number = version.as_ref().and_then(Value::as_i64);
    if version.is_some() && number.is_none() {
        wrong("version", "integer");
    }
    job.aliases.apply(&mut record);
    match Draft::read(kind, record, None) {
        Ok(draft) if faults.is_empty() => Ok(Item { kind, draft, id: uuid, version: number }),
        Ok(draft) => Err(Problem::invalid([faults, draft.faults].concat())),
        Err(more) => Err(Problem::invalid([faults, more].concat())),
    }
}

fn take(record: &mut Value, name: &str) -> Option<Value> {
    member::take(record.as_object_mut()?, name)
}

fn without_kind(record: &Value) -> Problem {
    let fault = |pointer: &str, code, facts| Problem::invalid(vec![Fault::at(pointer, code, facts)]);
    let Some(members) = record.as_object() else {
        return fault("", Code::WrongType, vec![("expected", "object".into())]);
    };
    match members.get("kind") {
        None | Some(Value::Null) => fault("/kind", Code::Required, vec![]),
        Some(Value::String(name)) => {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let nearest = member::nearest(name, &known);
            let facts = vec![("value", name.clone()), ("vocabulary", "kinds".into()), ("nearest", nearest)];
            fault("/kind", Code::UnknownCode, facts)
        }
        Some(_) => fault("/kind", Code::WrongType, vec![("expected", "string".into())]),
    }
}

/// The record that an item is about: by its id, else by its identifiers and its natural key.
fn find(tx: &mut Conn, item: &Item) -> Outcome<Option<Head>> {
    let by_id = match item.id {
        Some(id) => store::find(tx, id)?,
        None => None,
    };
    if let Some(head) = by_id.as_ref().filter(|head| head.kind != item.kind.as_str()) {
        let existing = Kind::from_name(&head.kind).map(|kind| engine::existing(kind, head.id));
        return Err(Problem::new(Code::IdTaken).with("existing", existing).into());
    }
    if by_id.is_some() {
        return Ok(by_id);
    }
    match engine::holder(tx, item.kind, &item.draft)? {
        Some(id) => Ok(store::find(tx, id)?),
        None => Ok(None),
    }
}
