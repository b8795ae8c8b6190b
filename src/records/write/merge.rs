//! Merges a duplicate record into another: references and identifiers move, the duplicate becomes a
//! tombstone.

use super::adoption::find_or_adopt;
use super::create_or_replace::write;
use super::delete::mark_deleted;
use super::edit_conflicts;
use super::outcome::WriteOutcome;
use super::precondition::Precondition;
use super::preserve::citations_in;
use super::target::{RewriteReason, WriteTarget, natural_identifier};
use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::db::types::Id;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::records::author::Author;
use crate::records::find::{find_live, record_link};
use crate::records::input::RecordInput;
use crate::records::read::presentation::reference_id;
use crate::records::record_key::RecordKey;
use crate::store::changes::RecordChange;
use crate::store::records::{self, RecordRow};
use crate::store::{identifiers, references, versions};
use jiff::civil::Date;
use serde_json::{Value, json};

/// Merges the first record into the second. The order in the log is: records that refer to the first are
/// rewritten to refer to the second; then the first becomes a tombstone and releases its identifiers; then
/// the second gets them. So at no step does a reference lead to a tombstone, or do two records bear one
/// identifier.
///
/// # Errors
/// 404, 410; 422 for a record and itself; a failed precondition, which is about the first record; 403 where
/// the author may not write what refers to it, or it was adopted and the author is no administrator; 409
/// where others wrote it; faults of a record that would be rewritten, naming it. Nothing is written then.
pub fn merge(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    loser: &RecordKey,
    survivor: &RecordKey,
    precondition: &Precondition,
    today: Date,
) -> TxResult<WriteOutcome> {
    let loser = find_live(tx, kind, loser)?.id;
    let (RecordRow { id: survivor, .. }, adopted) =
        find_or_adopt(tx, &author.provenance, kind, survivor, today)?;
    if loser == survivor {
        return Err(Problem::new(ErrorCode::SameRecord).into());
    }
    let referrers = lock_with_referrers(tx, loser, survivor)?;
    let head = find_live(tx, kind, &RecordKey::Id(loser))?;
    find_live(tx, kind, &RecordKey::Id(survivor))?;
    precondition.ensure(&head, false)?;
    require_rewrite_scope(author, &referrers)?;
    // Everybody names what was adopted by its official code.
    if !author.is_admin && versions::is_adopted(tx, loser)? {
        return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "admin").into());
    }
    let overrode = edit_conflicts::check_removal_conflicts(tx, author, &head)?;

    // It is the same thing that is meant and the same sources that are cited: nobody's members are taken over.
    let scribe = Author { is_admin: true, force: true, ..author.clone() };
    let again = |tx: &mut Conn, head: &RecordRow, body: Value| -> TxResult<WriteOutcome> {
        let Some(kind) = Kind::from_name(&head.kind) else {
            return Err(Problem::new(ErrorCode::Internal).into());
        };
        let target = WriteTarget::Rewrite(head.id, RewriteReason::Merged, citations_in(&body).to_vec());
        let any = Precondition::any_version();
        let written = RecordInput::read(kind, body, None)
            .map_err(|faults| Problem::invalid(faults).into())
            .and_then(|input| write(tx, &scribe, kind, &target, input, &any, today));
        written.map_err(|failure| match failure {
            TxError::Refused(problem) => problem.with_member("record", record_link(kind, head.id)).into(),
            failure @ TxError::Database(_) => failure,
        })
    };
    // Rules that look from one of these records at another see the references as they will all be.
    references::redirect_refs(tx, loser, survivor)?;
    let mut changes = adopted;
    for referrer in &referrers {
        let mut body = stored_content::record_members(referrer)?.into();
        redirect_references(&mut body, &loser.to_string(), &survivor.to_string());
        changes.extend(again(tx, referrer, body)?.changes);
    }
    let moving = release_identifiers(tx, kind, &head)?;
    mark_deleted(tx, author, kind, &head)?;
    changes.push(RecordChange {
        id: loser,
        kind,
        version: head.version + 1,
        at: head.next_written_at(author.provenance.at),
        op: "merge",
        changed: vec![String::new()],
        body: None,
        replaced_by: Some(survivor),
        overrode,
        owners_of: None,
        is_adopted: false,
    });
    let successor = find_live(tx, kind, &RecordKey::Id(survivor))?;
    let mut body = stored_content::record_members(&successor)?;
    if let Some(Value::Array(all)) = body.get_mut("identifiers") {
        all.extend(moving.iter().map(|identifier| json!(identifier)));
    }
    let mut written = again(tx, &successor, body.into())?;
    changes.append(&mut written.changes);
    Ok(WriteOutcome { changes, row: None, ..written })
}

/// Checks that the author may write the kinds of all records that refer to the duplicate.
///
/// # Errors
/// 403.
fn require_rewrite_scope(author: &Author, referrers: &[RecordRow]) -> Result<(), Problem> {
    let is_writable = |kind: Kind| author.is_admin || author.kinds.contains(&kind);
    let is_lacking =
        |kind: &Kind| !is_writable(*kind) && referrers.iter().any(|head| head.kind == kind.as_str());
    let lacking: Vec<String> = Kind::ALL
        .iter()
        .filter(|kind| is_lacking(kind))
        .map(|kind| format!("write:{}", kind.as_str()))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", lacking.join(" ")))
}

/// Locks both records and those that refer to the duplicate, and returns the latter. They are locked first:
/// whoever writes one of them locks it before its references.
fn lock_with_referrers(tx: &mut Conn, loser: Id, survivor: Id) -> TxResult<Vec<RecordRow>> {
    let mut locked = Vec::new();
    loop {
        let mut heads = references::load_referring(tx, loser, Kind::ALL)?;
        heads.retain(|head| head.id != loser);
        let mut new: Vec<Id> = heads.iter().map(|head| head.id).filter(|id| !locked.contains(id)).collect();
        if new.is_empty() && !locked.is_empty() {
            heads.sort_by_key(|head| head.id);
            return Ok(heads);
        }
        new.sort();
        new.extend([loser, survivor].into_iter().filter(|id| !locked.contains(id)));
        for id in new {
            records::lock_record(tx, id)?;
            locked.push(id);
        }
        tx.lock_against_references(loser)?;
    }
}

/// Redirects the references below a value, and the values of citations about them, to another record.
fn redirect_references(value: &mut Value, from: &str, to: &str) {
    if let Some(cited) = value.get_mut("value").filter(|cited| **cited == from) {
        *cited = to.into();
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| redirect_references(item, from, to)),
        Value::Object(members) if reference_id(members) == Some(from) => {
            members.insert("id".into(), to.into());
        }
        Value::Object(members) => {
            members.values_mut().for_each(|member| redirect_references(member, from, to));
        }
        _ => {}
    }
}

/// Removes the identifiers of a record except its natural key.
fn release_identifiers(tx: &mut Conn, kind: Kind, head: &RecordRow) -> TxResult<Vec<Identifier>> {
    let input = RecordInput::read(kind, stored_content::record_members(head)?.into(), None);
    let input = input.map_err(|faults| head.location().damage_problem(Problem::invalid(faults)))?;
    let natural = natural_identifier(&input);
    let current = identifiers::load_identifiers(tx, head.id)?;
    let (stay, go): (Vec<_>, Vec<_>) = current.iter().cloned().partition(|one| Some(one) == natural.as_ref());
    identifiers::set_identifiers(tx, kind, head.id, &current, &stay)?;
    Ok(go)
}
