//! Finds and locks the record that a write is about, and refuses identifiers that another record bears.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::body_field::BodyPath;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::gazetteer::identifiers::{canonicalise_identifier, read_identifier};
use crate::kinds::all;
use crate::records::find::{gone_problem, record_link};
use crate::records::input::RecordInput;
use crate::records::record_key::RecordKey;
use crate::store::identifiers;
use crate::store::records::{self, RecordRow};
use serde_json::Value;

/// The target of a write.
#[derive(Debug, Clone)]
pub enum WriteTarget {
    /// Create a record with this id.
    Create(Id),
    /// Write the record with this id, reserved or existing.
    Upsert(Id),
    /// Replace the record of this key; for an identifier, create it with this id where there is none.
    Replace(RecordKey, Id),
    /// Write stored content again, with its citations.
    Rewrite(Id, RewriteReason, Vec<Value>),
}

/// Why stored content is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewriteReason {
    /// This version is restored; a tombstone revives.
    Restored(i64),
    /// A merge changed a reference or the identifiers.
    Merged,
}

/// Locks the record to be replaced; none when one is to be created.
pub(super) fn lock_target(
    tx: &mut Conn,
    kind: Kind,
    target: &WriteTarget,
    input: &mut RecordInput,
) -> TxResult<Option<RecordRow>> {
    let id = match target {
        WriteTarget::Create(_) => {
            if let Some((identifier, existing)) = find_taken_identifier(tx, kind, input, None)? {
                return Err(identifier_taken(&identifier, &existing).into());
            }
            return Ok(None);
        }
        WriteTarget::Replace(RecordKey::Id(id), _)
        | WriteTarget::Upsert(id)
        | WriteTarget::Rewrite(id, ..) => Some(*id),
        WriteTarget::Replace(RecordKey::Identifier(identifier), _) => {
            find_by_path_and_body(tx, kind, identifier, input)?
        }
    };
    let Some(id) = id else { return Ok(None) };
    let head = records::lock_and_find(tx, id)?;
    if let WriteTarget::Replace(name @ RecordKey::Id(_), _) = target
        && head.as_ref().is_none_or(|head| head.kind != kind.as_str())
    {
        return Err(Problem::new(ErrorCode::NoSuchRecord).with_arg("id", name).into());
    }
    let revives = matches!(target, WriteTarget::Rewrite(_, RewriteReason::Restored(_), _));
    if let Some(head) = head.as_ref().filter(|head| head.is_deleted() && !revives) {
        return Err(gone_problem(tx, head)?.into());
    }
    check_identifiers_free(tx, kind, id, input)?;
    Ok(head)
}

/// Checks that no other record bears an identifier of the body.
///
/// # Errors
/// 409.
pub(super) fn check_identifiers_free(tx: &mut Conn, kind: Kind, id: Id, input: &RecordInput) -> TxResult<()> {
    match find_taken_identifier(tx, kind, input, Some(id))? {
        Some((identifier, existing)) => Err(identifier_taken(&identifier, &existing).into()),
        None => Ok(()),
    }
}

/// Finds the one record that the path's identifier and the body's name, and adds the path's identifier to
/// the body.
fn find_by_path_and_body(
    tx: &mut Conn,
    kind: Kind,
    path: &Identifier,
    input: &mut RecordInput,
) -> TxResult<Option<Id>> {
    let natural = input.content.natural_key();
    match &natural {
        Some((scheme, value)) if *scheme == path.scheme => {
            if *value != path.value {
                input.faults.add(Fault::at_pointer(
                    format!("/{scheme}"),
                    ErrorCode::Mismatch,
                    vec![("expected", path.value.clone())],
                ));
            }
        }
        _ => {
            let checked = canonicalise_identifier(path.clone());
            let path = checked.map_err(|(code, facts)| {
                Problem::invalid(vec![Fault::at_pointer("/identifiers", code, facts)])
            })?;
            if !input.identifiers.contains(&path) {
                input.identifiers.push(path);
                input.identifiers.sort();
            }
        }
    }
    let mut ids = identifiers::find_ids_by_identifier(tx, &[kind], path)?;
    ids.extend(find_bearers(tx, kind, input)?);
    at_most_one(kind, ids)
}

/// Finds the one record, tombstones included, that the identifiers and the natural key of a body name.
/// Malformed ones are skipped: parsing the whole body reports them.
///
/// # Errors
/// 409 when they name several.
pub fn find_by_identifiers(tx: &mut Conn, kind: Kind, body: &Value) -> TxResult<Option<Id>> {
    let given = body.get("identifiers").and_then(Value::as_array).into_iter().flatten();
    let read =
        |value: &Value| read_identifier(Some(value.clone()), &BodyPath::Root, &mut FaultList::default());
    let natural = all::definition(kind).natural_key().and_then(|scheme| {
        let value = body.get(scheme).filter(|value| !value.is_null())?;
        Some(Identifier {
            scheme: scheme.into(),
            value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        })
    });
    let mut ids = Vec::new();
    for identifier in given.filter_map(read).chain(natural) {
        ids.extend(identifiers::find_ids_by_identifier(tx, &[kind], &identifier)?);
    }
    at_most_one(kind, ids)
}

/// Inserts the row of a record about to be written, with its identifiers, so that others can refer to it.
pub fn reserve_row(tx: &mut Conn, kind: Kind, id: Id, input: &RecordInput) -> TxResult<()> {
    let named: Vec<Identifier> = input.identifiers.iter().cloned().chain(natural_identifier(input)).collect();
    records::reserve_record(tx, kind, id)?;
    Ok(identifiers::set_identifiers(tx, kind, id, &[], &named)?)
}

fn find_bearers(tx: &mut Conn, kind: Kind, input: &RecordInput) -> TxResult<Vec<Id>> {
    let mut ids = Vec::new();
    for identifier in input.identifiers.iter().chain(&natural_identifier(input)) {
        ids.extend(identifiers::find_ids_by_identifier(tx, &[kind], identifier)?);
    }
    Ok(ids)
}

fn at_most_one(kind: Kind, mut ids: Vec<Id>) -> TxResult<Option<Id>> {
    ids.sort();
    ids.dedup();
    if ids.len() > 1 {
        let existing: Vec<Value> = ids.iter().map(|id| record_link(kind, *id)).collect();
        return Err(Problem::new(ErrorCode::Ambiguous).with_member("existing", existing).into());
    }
    Ok(ids.first().copied())
}

fn find_taken_identifier(
    tx: &mut Conn,
    kind: Kind,
    input: &RecordInput,
    id: Option<Id>,
) -> TxResult<Option<(Identifier, Value)>> {
    for identifier in input.identifiers.iter().chain(&natural_identifier(input)) {
        let holder = identifiers::find_ids_by_identifier(tx, &[kind], identifier)?.first().copied();
        if let Some(holder) = holder.filter(|holder| Some(*holder) != id) {
            return Ok(Some((identifier.clone(), record_link(kind, holder))));
        }
    }
    Ok(None)
}

/// Returns the natural key of a body, as an identifier.
pub(super) fn natural_identifier(input: &RecordInput) -> Option<Identifier> {
    input.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value })
}

fn identifier_taken(identifier: &Identifier, existing: &Value) -> Problem {
    Problem::new(ErrorCode::IdentifierTaken)
        .with_arg("identifier", identifier)
        .with_member("existing", existing.clone())
}
