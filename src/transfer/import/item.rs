//! One record of an import: what it says of itself, which record it is about, and its writing.

use super::importer::ImportPermit;
use super::job::ImportJob;
use super::options::ImportMode;
use super::report::{ImportAction, ItemWritten};
use super::spool::temp_file_problem;
use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::db::types;
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::domain::nearest;
use crate::kinds::stored_content;
use crate::records::input::RecordInput;
use crate::records::record_key::RecordKey;
use crate::records::write::precondition::{EditBasis, Precondition};
use crate::records::write::target::WriteTarget;
use crate::records::write::{create_or_replace, target, three_way_merge, unchanged};
use crate::records::{field_paths, find};
use crate::store::changes::RecordChange;
use crate::store::records;
use crate::store::records::RecordRow;
use serde_json::{Map, Value};

/// A record as it stands in the file.
struct ImportRecord {
    kind: Kind,
    body: Value,
    id: Option<Id>,
    version: Option<i64>,
    base_version: Option<i64>,
    /// What is wrong with the members beside those of its kind.
    faults: FaultList,
}

impl ImportRecord {
    /// A body of its kind, read; all that is wrong with the record at once.
    fn parse_input(&self, body: Value) -> Result<RecordInput, Problem> {
        let mut faults = self.faults.clone();
        match RecordInput::read_replacement(self.kind, body, None) {
            Ok(draft) if faults.is_empty() => Ok(draft),
            Ok(RecordInput { faults: more, .. }) | Err(more) => {
                faults.extend(more);
                Err(Problem::invalid(faults))
            }
        }
    }

    /// The members given, put over those of the record, or of the version that they were made from.
    fn merge_members(&self, tx: &mut Conn, head: Option<&RecordRow>) -> TxResult<RecordInput> {
        let mut record = match (head, self.base_version) {
            (Some(head), Some(version)) => read_base_version(tx, head, version)?,
            (Some(head), None) => stored_content::record_members(head)?,
            (None, _) => Map::new(),
        };
        self.body.as_object().into_iter().for_each(|given| field_paths::merge_partial(&mut record, given));
        let draft = self.parse_input(record.into());
        Ok(draft.map_err(|problem| if head.is_none() { self.unmatched_problem(problem) } else { problem })?)
    }

    /// What is wrong with a record that is not there; where it is only a part of one, that its identifiers
    /// found none.
    fn unmatched_problem(&self, problem: Problem) -> Problem {
        let names = self.identifiers().collect::<Vec<_>>().join(", ");
        if names.is_empty()
            || !problem.faults.reported().iter().any(|fault| fault.code == ErrorCode::Required)
        {
            return problem;
        }
        let fault =
            Fault::at_pointer("/identifiers", ErrorCode::UnknownIdentifiers, vec![("identifiers", names)]);
        let mut faults = FaultList::from(vec![fault]);
        faults.extend(problem.faults);
        Problem::invalid(faults)
    }

    /// The identifiers given, as `scheme:value`.
    fn identifiers(&self) -> impl Iterator<Item = String> {
        let all = self.body.get("identifiers").and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|one| Some([one.get("scheme")?.as_str()?, one.get("value")?.as_str()?].join(":")))
    }

    /// What the draft changes of a version, on top of what others changed since.
    fn merge_onto_current(
        &self,
        tx: &mut Conn,
        job: &ImportJob,
        permit: &ImportPermit,
        head: &RecordRow,
        version: i64,
        draft: RecordInput,
    ) -> TxResult<RecordInput> {
        read_base_version(tx, head, version)?;
        let is_whole = job.options.mode != ImportMode::Merge;
        let (name, today) = (RecordKey::Id(head.id), job.clock.today());
        three_way_merge::merge_onto_current(
            tx,
            &permit.author.provenance,
            self.kind,
            &name,
            (version, is_whole),
            draft,
            today,
        )
    }

    /// What it says that it knows of a record that exists, and what it requires of it.
    fn precondition(&self, mode: ImportMode) -> Precondition {
        let knowledge = match (self.version.or(self.base_version), mode) {
            (Some(_), _) => EditBasis::KnownVersion,
            (None, ImportMode::Merge) => EditBasis::NamedMembers,
            (None, _) => EditBasis::Unknown,
        };
        Precondition {
            if_match: self.version.map(|version| vec![version]),
            if_none_match: None,
            basis: knowledge,
        }
    }
}

/// The version that an item was made from.
fn read_base_version(tx: &mut Conn, head: &RecordRow, version: i64) -> TxResult<Map<String, Value>> {
    match three_way_merge::base_version(tx, head, version) {
        Err(TxError::Refused(problem)) if problem.code != ErrorCode::Damaged => {
            let facts = vec![("value", version.to_string()), ("expected", "a version of this record".into())];
            Err(Problem::invalid(vec![Fault::at_pointer(
                "/base_version",
                ErrorCode::InvalidParameter,
                facts,
            )])
            .into())
        }
        base => base,
    }
}

/// Work that refuses records rather than the whole: what it refuses is a verdict, and what the database will
/// refuse again.
pub(super) fn catch_refusal<T>(outcome: TxResult<T>) -> TxResult<Result<T, Problem>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(TxError::Refused(problem)) => Ok(Err(problem)),
        Err(failure) if failure.is_permanent() => Ok(Err(failure.into_problem())),
        Err(failure @ TxError::Database(_)) => Err(failure),
    }
}

/// Writes a record, if it may be written.
///
/// # Errors
/// Why it is rejected; when the database fails.
pub(super) fn write_record(
    tx: &mut Conn,
    job: &ImportJob,
    permit: &ImportPermit,
    index: u32,
) -> TxResult<(ItemWritten, Vec<RecordChange>)> {
    let (item, mode) = (read_record(job, permit, index)?, job.options.mode);
    let kind = item.kind;
    // A whole record is judged before it is looked for; the members of one only with those that are there.
    let whole = if mode == ImportMode::Merge { None } else { Some(item.parse_input(item.body.clone())?) };
    let found = match find_record(tx, &item)? {
        Some(head) => records::lock_and_find(tx, head.id)?,
        None => None,
    };
    let goal = match &found {
        Some(head) if head.is_deleted() => return Err(find::gone_problem(tx, head)?.into()),
        Some(head) => WriteTarget::Upsert(head.id),
        None => WriteTarget::Create(item.id.unwrap_or_else(types::new_record_id)),
    };
    if let Some(head) = &found {
        job.id_map.add(item.id, head.id);
    }
    let exists = found.filter(|head| head.version > 0);
    match (mode, &exists) {
        (ImportMode::Create, Some(head)) => {
            let existing = find::record_link(kind, head.id);
            return Err(Problem::new(ErrorCode::RecordExists).with_member("existing", existing).into());
        }
        (ImportMode::Update, None) => return Err(no_such_record(&item).into()),
        _ => {}
    }
    let precondition = exists.as_ref().map(|_| item.precondition(mode)).unwrap_or_default();
    let draft = match whole {
        Some(draft) => draft,
        None => item.merge_members(tx, exists.as_ref())?,
    };
    let draft = match (&exists, item.base_version) {
        (Some(head), Some(version)) => item.merge_onto_current(tx, job, permit, head, version, draft)?,
        _ => draft,
    };
    let (today, author) = (job.clock.today(), &permit.author);
    let repeated = match exists.filter(|head| item.version.is_some_and(|version| version != head.version)) {
        // Who knows an older version, and sends nothing that is not there, asks for nothing.
        Some(head) => {
            let knowledge =
                if mode == ImportMode::Merge { EditBasis::NamedMembers } else { EditBasis::Unknown };
            let any = Precondition { basis: knowledge, ..Precondition::default() };
            unchanged::detect_no_op(tx, author, kind, &goal, head, draft.clone(), &any, today)?
        }
        None => None,
    };
    let written = match repeated {
        Some(written) => written,
        None => create_or_replace::write(tx, author, kind, &goal, draft, &precondition, today)?,
    };
    let change = written.changes.iter().find(|change| change.id == written.id);
    let action = match (written.created, change) {
        (true, _) => ImportAction::Created,
        (false, Some(_)) => ImportAction::Updated,
        (false, None) => ImportAction::Unchanged,
    };
    let changed = change.map(|change| change.changed.clone()).unwrap_or_default();
    let done =
        ItemWritten { action, id: written.id, version: written.version, changed, warnings: written.warnings };
    Ok((done, written.changes))
}

/// Makes the row of a record that will be made, so that others can refer to it before it is written; whether
/// it did.
///
/// # Errors
/// When the database fails.
pub(super) fn reserve_record(
    tx: &mut Conn,
    job: &ImportJob,
    permit: &ImportPermit,
    index: u32,
) -> TxResult<bool> {
    let Ok(item) = read_record(job, permit, index) else { return Ok(false) };
    let found = catch_refusal(find_record(tx, &item))?;
    if let Ok(Some(head)) = &found {
        job.id_map.add(item.id, head.id);
    }
    if job.options.mode == ImportMode::Update || !matches!(found, Ok(None)) {
        return Ok(false);
    }
    let Ok(draft) = item.parse_input(item.body.clone()) else { return Ok(false) };
    target::reserve_row(tx, item.kind, item.id.unwrap_or_else(types::new_record_id), &draft)?;
    Ok(true)
}

fn no_such_record(item: &ImportRecord) -> Problem {
    let name = item.id.map(|id| id.to_string()).or_else(|| item.identifiers().next());
    Problem::new(ErrorCode::NoSuchRecord).with_arg("id", name.unwrap_or_default())
}

fn read_record(job: &ImportJob, permit: &ImportPermit, index: u32) -> Result<ImportRecord, Problem> {
    let entry =
        job.spool.entries.get(index as usize).copied().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
    let record = job.spool.read(entry).map_err(temp_file_problem)?;
    let mut record: Value = serde_json::from_slice(&record).map_err(|_| Problem::new(ErrorCode::Internal))?;
    let Some(kind) = entry.kind else { return Err(kind_problem(&record)) };
    permit.ensure_may_write(kind)?;
    let [id, version, base] = ["id", "version", "base_version"].map(|name| take_member(&mut record, name));
    let mut faults = FaultList::default();
    let mut wrong = |name: &str, expected: &str| {
        let facts = vec![("expected", expected.to_owned())];
        faults.add(Fault::at_pointer(format!("/{name}"), ErrorCode::WrongType, facts));
    };
    let uuid = id.as_ref().and_then(Value::as_str).and_then(types::parse_record_id);
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
    job.id_map.rewrite_references(&mut record);
    Ok(ImportRecord { kind, body: record, id: uuid, version, base_version: base, faults })
}

fn take_member(record: &mut Value, name: &str) -> Option<Value> {
    record.as_object_mut()?.shift_remove(name).filter(|value| !value.is_null())
}

fn kind_problem(record: &Value) -> Problem {
    let fault = |pointer: &str, code, facts| Problem::invalid(vec![Fault::at_pointer(pointer, code, facts)]);
    let Some(members) = record.as_object() else {
        return fault("", ErrorCode::WrongType, vec![("expected", "object".into())]);
    };
    match members.get("kind") {
        None | Some(Value::Null) => fault("/kind", ErrorCode::Required, vec![]),
        Some(Value::String(name)) => {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let nearest = nearest::nearest_name(name, &known);
            let facts = vec![("value", name.clone()), ("vocabulary", "kinds".into()), ("nearest", nearest)];
            fault("/kind", ErrorCode::UnknownCode, facts)
        }
        Some(_) => fault("/kind", ErrorCode::WrongType, vec![("expected", "string".into())]),
    }
}

/// The record that an item is about: by its id, else by its identifiers and its natural key.
fn find_record(tx: &mut Conn, item: &ImportRecord) -> TxResult<Option<RecordRow>> {
    let by_id = match item.id {
        Some(id) => records::find(tx, id)?,
        None => None,
    };
    if let Some(head) = by_id.as_ref().filter(|head| head.kind != item.kind.as_str()) {
        let existing = Kind::from_name(&head.kind).map(|kind| find::record_link(kind, head.id));
        return Err(Problem::new(ErrorCode::IdTaken).with_member("existing", existing).into());
    }
    if by_id.is_some() {
        return Ok(by_id);
    }
    match target::find_by_identifiers(tx, item.kind, &item.body)? {
        Some(id) => Ok(records::find(tx, id)?),
        None => Ok(None),
    }
}
