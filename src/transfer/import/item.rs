//! One record of an import: parse it, find its target, write it.

use super::importer::ImportPermit;
use super::job::ImportJob;
use super::options::ImportMode;
use super::report::{ImportAction, ItemWritten};
use super::spool::temp_file_problem;
use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::db::types::{self, Id};
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
use crate::records::write::target::{self, WriteTarget};
use crate::records::write::{create_or_replace, three_way_merge, unchanged};
use crate::records::{field_paths, find};
use crate::store::changes::RecordChange;
use crate::store::records::{self, RecordRow};
use serde_json::{Map, Value};

/// A record of the file, parsed as far as no database is needed.
struct ImportRecord {
    kind: Kind,
    /// The members of its kind.
    body: Value,
    id: Option<Id>,
    /// The version that the record must have.
    version: Option<i64>,
    /// The version that the body was made from, for a three-way merge.
    base_version: Option<i64>,
    /// Faults of `id`, `version` and `base_version`.
    faults: FaultList,
}

impl ImportRecord {
    /// Reads a body of the record's kind.
    ///
    /// # Errors
    /// 422 with all faults of the record at once.
    fn parse_input(&self, body: Value) -> Result<RecordInput, Problem> {
        let mut faults = self.faults.clone();
        match RecordInput::read_replacement(self.kind, body, None) {
            Ok(input) if faults.is_empty() => Ok(input),
            Ok(RecordInput { faults: input_faults, .. }) | Err(input_faults) => {
                faults.extend(input_faults);
                Err(Problem::invalid(faults))
            }
        }
    }

    /// Merges the given members into those of the record, or of the version that they were made from.
    fn merge_members(&self, tx: &mut Conn, head: Option<&RecordRow>) -> TxResult<RecordInput> {
        let mut record = match (head, self.base_version) {
            (Some(head), Some(version)) => read_base_version(tx, head, version)?,
            (Some(head), None) => stored_content::record_members(head)?,
            (None, _) => Map::new(),
        };
        self.body.as_object().into_iter().for_each(|given| field_paths::merge_partial(&mut record, given));
        let input = self.parse_input(record.into());
        Ok(input.map_err(|problem| if head.is_none() { self.unmatched_problem(problem) } else { problem })?)
    }

    /// The problem of a record that does not exist. When required members are missing, the body was probably
    /// meant for an existing record, so the problem also says that its identifiers match none.
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

    /// The identifiers of the body, as `scheme:value`.
    fn identifiers(&self) -> impl Iterator<Item = String> {
        let all = self.body.get("identifiers").and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|one| Some([one.get("scheme")?.as_str()?, one.get("value")?.as_str()?].join(":")))
    }

    /// Applies what the input changes of its base version to the current version (three-way merge).
    fn merge_onto_current(
        &self,
        tx: &mut Conn,
        job: &ImportJob,
        permit: &ImportPermit,
        head: &RecordRow,
        version: i64,
        input: RecordInput,
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
            input,
            today,
        )
    }

    /// The precondition on an existing record: the version it must have, and what the writer knows of it.
    fn precondition(&self, mode: ImportMode) -> Precondition {
        let basis = match (self.version.or(self.base_version), mode) {
            (Some(_), _) => EditBasis::KnownVersion,
            (None, ImportMode::Merge) => EditBasis::NamedMembers,
            (None, _) => EditBasis::Unknown,
        };
        Precondition { if_match: self.version.map(|version| vec![version]), if_none_match: None, basis }
    }
}

/// Reads the base version of a record.
///
/// # Errors
/// 422 for `/base_version` when the record has no such version.
fn read_base_version(tx: &mut Conn, head: &RecordRow, version: i64) -> TxResult<Map<String, Value>> {
    match three_way_merge::base_version(tx, head, version) {
        Err(TxError::Refused(problem)) if problem.code != ErrorCode::Damaged => {
            let args = vec![("value", version.to_string()), ("expected", "a version of this record".into())];
            Err(Problem::invalid(vec![Fault::at_pointer("/base_version", ErrorCode::InvalidParameter, args)])
                .into())
        }
        base => base,
    }
}

/// Turns a problem, or an error of the database that a retry would repeat, into the result of one record;
/// other errors of the database still fail the transaction.
pub(super) fn catch_refusal<T>(outcome: TxResult<T>) -> TxResult<Result<T, Problem>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(TxError::Refused(problem)) => Ok(Err(problem)),
        Err(failure) if failure.is_permanent() => Ok(Err(failure.into_problem())),
        Err(failure @ TxError::Database(_)) => Err(failure),
    }
}

/// Writes a record; returns its result and its changes.
///
/// # Errors
/// The problem for which it is rejected.
pub(super) fn write_record(
    tx: &mut Conn,
    job: &ImportJob,
    permit: &ImportPermit,
    index: u32,
) -> TxResult<(ItemWritten, Vec<RecordChange>)> {
    let (item, mode) = (read_record(job, permit, index)?, job.options.mode);
    let kind = item.kind;
    // A whole record is validated before it is looked up; a partial one only together with the stored
    // members.
    let whole_input =
        if mode == ImportMode::Merge { None } else { Some(item.parse_input(item.body.clone())?) };
    let found = match find_record(tx, &item)? {
        Some(head) => records::lock_and_find(tx, head.id)?,
        None => None,
    };
    let write_target = match &found {
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
    let input = match whole_input {
        Some(input) => input,
        None => item.merge_members(tx, exists.as_ref())?,
    };
    let input = match (&exists, item.base_version) {
        (Some(head), Some(version)) => item.merge_onto_current(tx, job, permit, head, version, input)?,
        _ => input,
    };
    let (today, author) = (job.clock.today(), &permit.author);
    let no_op = match exists.filter(|head| item.version.is_some_and(|version| version != head.version)) {
        // An older version is no conflict when the body changes nothing.
        Some(head) => {
            let basis = if mode == ImportMode::Merge { EditBasis::NamedMembers } else { EditBasis::Unknown };
            let precondition = Precondition { basis, ..Precondition::default() };
            unchanged::detect_no_op(
                tx,
                author,
                kind,
                &write_target,
                head,
                input.clone(),
                &precondition,
                today,
            )?
        }
        None => None,
    };
    let written = match no_op {
        Some(written) => written,
        None => create_or_replace::write(tx, author, kind, &write_target, input, &precondition, today)?,
    };
    let change = written.changes.iter().find(|change| change.id == written.id);
    let action = match (written.created, change) {
        (true, _) => ImportAction::Created,
        (false, Some(_)) => ImportAction::Updated,
        (false, None) => ImportAction::Unchanged,
    };
    let changed = change.map(|change| change.changed.clone()).unwrap_or_default();
    let result =
        ItemWritten { action, id: written.id, version: written.version, changed, warnings: written.warnings };
    Ok((result, written.changes))
}

/// Reserves the row of a record that will be created, so that others of its cycle can refer to it before it
/// is written; returns whether it did.
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
    let Ok(input) = item.parse_input(item.body.clone()) else { return Ok(false) };
    target::reserve_row(tx, item.kind, item.id.unwrap_or_else(types::new_record_id), &input)?;
    Ok(true)
}

/// 404 of a record that the mode `update` does not find.
fn no_such_record(item: &ImportRecord) -> Problem {
    let name = item.id.map(|id| id.to_string()).or_else(|| item.identifiers().next());
    Problem::new(ErrorCode::NoSuchRecord).with_arg("id", name.unwrap_or_default())
}

/// Reads a record from the spool.
///
/// # Errors
/// The problem of a missing or unknown kind; 403 when the importer may not write the kind.
fn read_record(job: &ImportJob, permit: &ImportPermit, index: u32) -> Result<ImportRecord, Problem> {
    let entry =
        job.spool.entries.get(index as usize).copied().ok_or_else(|| Problem::new(ErrorCode::Internal))?;
    let record = job.spool.read(entry).map_err(temp_file_problem)?;
    let mut record: Value = serde_json::from_slice(&record).map_err(|_| Problem::new(ErrorCode::Internal))?;
    let Some(kind) = entry.kind else { return Err(kind_problem(&record)) };
    permit.ensure_may_write(kind)?;
    let [id, version, base] = ["id", "version", "base_version"].map(|name| take_member(&mut record, name));
    let mut faults = FaultList::default();
    let mut add_wrong_type = |name: &str, expected: &str| {
        let args = vec![("expected", expected.to_owned())];
        faults.add(Fault::at_pointer(format!("/{name}"), ErrorCode::WrongType, args));
    };
    let uuid = id.as_ref().and_then(Value::as_str).and_then(types::parse_record_id);
    if id.is_some() && uuid.is_none() {
        add_wrong_type("id", "UUID");
    }
    let [version, base] = [("version", version), ("base_version", base)].map(|(name, value)| {
        let number = value.as_ref().and_then(Value::as_i64);
        if value.is_some() && number.is_none() {
            add_wrong_type(name, "integer");
        }
        number
    });
    job.id_map.rewrite_references(&mut record);
    Ok(ImportRecord { kind, body: record, id: uuid, version, base_version: base, faults })
}

/// Removes a member; null counts as missing.
fn take_member(record: &mut Value, name: &str) -> Option<Value> {
    record.as_object_mut()?.shift_remove(name).filter(|value| !value.is_null())
}

/// What is wrong with the member `kind`.
fn kind_problem(record: &Value) -> Problem {
    let fault = |pointer: &str, code, args| Problem::invalid(vec![Fault::at_pointer(pointer, code, args)]);
    let Some(members) = record.as_object() else {
        return fault("", ErrorCode::WrongType, vec![("expected", "object".into())]);
    };
    match members.get("kind") {
        None | Some(Value::Null) => fault("/kind", ErrorCode::Required, vec![]),
        Some(Value::String(name)) => {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let nearest = nearest::nearest_name(name, &known);
            let args = vec![("value", name.clone()), ("vocabulary", "kinds".into()), ("nearest", nearest)];
            fault("/kind", ErrorCode::UnknownCode, args)
        }
        Some(_) => fault("/kind", ErrorCode::WrongType, vec![("expected", "string".into())]),
    }
}

/// Finds the record that an item is about, by its id, else by its identifiers and its natural key.
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
