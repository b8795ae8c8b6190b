//! One record of an import: what it says of itself, which record it is about, and its writing.

use super::report::{Action, Done};
use super::{Job, Mode, Permit, unspooled};
use crate::db::types::Id;
use crate::db::{Conn, Failure, Outcome};
use crate::error::{Code, Fault, Faults, Problem};
use crate::registry::engine::{self, Draft, Goal, Knowledge, Name, Precondition};
use crate::registry::store::{self, Change, Head};
use crate::vocabulary::{Kind, member};
use serde_json::{Map, Value};

/// A record as it stands in the file.
struct Item {
    kind: Kind,
    body: Value,
    id: Option<Id>,
    version: Option<i64>,
    base: Option<i64>,
    /// What is wrong with the members beside those of its kind.
    faults: Faults,
}

impl Item {
    /// A body of its kind, read; all that is wrong with the record at once.
    fn draft(&self, body: Value) -> Result<Draft, Problem> {
        let mut faults = self.faults.clone();
        match Draft::read_whole(self.kind, body, None) {
            Ok(draft) if faults.is_empty() => Ok(draft),
            Ok(Draft { faults: more, .. }) | Err(more) => {
                faults.extend(more);
                Err(Problem::invalid(faults))
            }
        }
    }

    /// The members given, put over those of the record, or of the version that they were made from.
    fn merged(&self, tx: &mut Conn, head: Option<&Head>) -> Outcome<Draft> {
        let mut record = match (head, self.base) {
            (Some(head), Some(version)) => base(tx, head, version)?,
            (Some(head), None) => head.members()?,
            (None, _) => Map::new(),
        };
        self.body.as_object().into_iter().for_each(|given| engine::overlay(&mut record, given));
        let draft = self.draft(record.into());
        Ok(draft.map_err(|problem| if head.is_none() { self.unmatched(problem) } else { problem })?)
    }

    /// What is wrong with a record that is not there; where it is only a part of one, that its identifiers found none.
    fn unmatched(&self, problem: Problem) -> Problem {
        let names = self.identifiers().collect::<Vec<_>>().join(", ");
        if names.is_empty() || !problem.faults.told().iter().any(|fault| fault.code == Code::Required) {
            return problem;
        }
        let fault = Fault::at("/identifiers", Code::UnknownIdentifiers, vec![("identifiers", names)]);
        let mut faults = Faults::from(vec![fault]);
        faults.extend(problem.faults);
        Problem::invalid(faults)
    }

    /// The identifiers given, as `scheme:value`.
    fn identifiers(&self) -> impl Iterator<Item = String> {
        let all = self.body.get("identifiers").and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|one| Some([one.get("scheme")?.as_str()?, one.get("value")?.as_str()?].join(":")))
    }

    /// What the draft changes of a version, on top of what others changed since.
    fn rebased(
        &self,
        tx: &mut Conn,
        job: &Job,
        permit: &Permit,
        head: &Head,
        version: i64,
        draft: Draft,
    ) -> Outcome<Draft> {
        base(tx, head, version)?;
        let is_whole = job.options.mode != Mode::Merge;
        let (name, today) = (Name::Id(head.id), job.clock.today());
        engine::rebase(tx, &permit.author.stamp, self.kind, &name, (version, is_whole), draft, today)
    }

    /// What it says that it knows of a record that exists, and what it requires of it.
    fn precondition(&self, mode: Mode) -> Precondition {
        let knowledge = match (self.version.or(self.base), mode) {
            (Some(_), _) => Knowledge::Version,
            (None, Mode::Merge) => Knowledge::Members,
            (None, _) => Knowledge::Nothing,
        };
        Precondition { versions: self.version.map(|version| vec![version]), refused: None, knowledge }
    }
}

/// The version that an item was made from.
fn base(tx: &mut Conn, head: &Head, version: i64) -> Outcome<Map<String, Value>> {
    match engine::base(tx, head, version) {
        Err(Failure::Refused(problem)) if problem.code != Code::Damaged => {
            let facts = vec![("value", version.to_string()), ("expected", "a version of this record".into())];
            Err(Problem::invalid(vec![Fault::at("/base_version", Code::InvalidParameter, facts)]).into())
        }
        base => base,
    }
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
    let (item, mode) = (read(job, permit, index)?, job.options.mode);
    let kind = item.kind;
    // A whole record is judged before it is looked for; the members of one only with those that are there.
    let whole = if mode == Mode::Merge { None } else { Some(item.draft(item.body.clone())?) };
    let found = match find(tx, &item)? {
        Some(head) => store::locked(tx, head.id)?,
        None => None,
    };
    let goal = match &found {
        Some(head) if head.is_deleted() => return Err(engine::gone(tx, head)?.into()),
        Some(head) => Goal::Upsert(head.id),
        None => Goal::Create(item.id.unwrap_or_else(store::new_id)),
    };
    if let Some(head) = &found {
        job.aliases.learn(item.id, head.id);
    }
    let exists = found.filter(|head| head.version > 0);
    match (mode, &exists) {
        (Mode::Create, Some(head)) => {
            let existing = engine::existing(kind, head.id);
            return Err(Problem::new(Code::RecordExists).with("existing", existing).into());
        }
        (Mode::Update, None) => return Err(unknown(&item).into()),
        _ => {}
    }
    let precondition = exists.as_ref().map(|_| item.precondition(mode)).unwrap_or_default();
    let draft = match whole {
        Some(draft) => draft,
        None => item.merged(tx, exists.as_ref())?,
    };
    let draft = match (&exists, item.base) {
        (Some(head), Some(version)) => item.rebased(tx, job, permit, head, version, draft)?,
        _ => draft,
    };
    let (today, author) = (job.clock.today(), &permit.author);
    let repeated = match exists.filter(|head| item.version.is_some_and(|version| version != head.version)) {
        // Who knows an older version, and sends nothing that is not there, asks for nothing.
        Some(head) => {
            let knowledge = if mode == Mode::Merge { Knowledge::Members } else { Knowledge::Nothing };
            let any = Precondition { knowledge, ..Precondition::default() };
            engine::unchanged(tx, author, kind, &goal, head, draft.clone(), &any, today)?
        }
        None => None,
    };
    let written = match repeated {
        Some(written) => written,
        None => engine::write(tx, author, kind, &goal, draft, &precondition, today)?,
    };
    let change = written.changes.iter().find(|change| change.id == written.id);
    let action = match (written.created, change) {
        (true, _) => Action::Created,
        (false, Some(_)) => Action::Updated,
        (false, None) => Action::Unchanged,
    };
    let changed = change.map(|change| change.changed.clone()).unwrap_or_default();
    let done = Done { action, id: written.id, version: written.version, changed, warnings: written.warnings };
    Ok((done, written.changes))
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
    let Ok(draft) = item.draft(item.body.clone()) else { return Ok(false) };
    engine::reserve(tx, item.kind, item.id.unwrap_or_else(store::new_id), &draft)?;
    Ok(true)
}

fn unknown(item: &Item) -> Problem {
    let name = item.id.map(|id| id.to_string()).or_else(|| item.identifiers().next());
    Problem::new(Code::NoSuchRecord).fact("id", name.unwrap_or_default())
}

fn read(job: &Job, permit: &Permit, index: u32) -> Result<Item, Problem> {
    let entry = job.spool.entries.get(index as usize).copied().ok_or_else(|| Problem::new(Code::Internal))?;
    let record = job.spool.read(entry).map_err(unspooled)?;
    let mut record: Value = serde_json::from_slice(&record).map_err(|_| Problem::new(Code::Internal))?;
    let Some(kind) = entry.kind else { return Err(without_kind(&record)) };
    permit.may_write(kind)?;
    let [id, version, base] = ["id", "version", "base_version"].map(|name| take(&mut record, name));
    let mut faults = Faults::default();
    let mut wrong = |name: &str, expected: &str| {
        let facts = vec![("expected", expected.to_owned())];
        faults.add(Fault::at(format!("/{name}"), Code::WrongType, facts));
    };
    let uuid = id.as_ref().and_then(Value::as_str).and_then(store::parse_id);
    if id.is_some() && uuid.is_none() {
        wrong("id", "UUID");
    }
    let [version, base] = [("version", version), ("base_version", base)].map(|(name, value)| {
        let number = value.as_ref().and_then(Value::as_i64);
        if value.is_some() && number.is_none() {
            wrong(name, "integer");
        }
        number
    });
    job.aliases.apply(&mut record);
    Ok(Item { kind, body: record, id: uuid, version, base, faults })
}

fn take(record: &mut Value, name: &str) -> Option<Value> {
    record.as_object_mut()?.shift_remove(name).filter(|value| !value.is_null())
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
    match engine::holder(tx, item.kind, &item.body)? {
        Some(id) => Ok(store::find(tx, id)?),
        None => Ok(None),
    }
}
