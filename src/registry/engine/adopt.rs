//! Adoption: a record that the registry does not hold but that is known outside it (`Record::known`) is made when a
//! write first names it by its official identifier, in the transaction of that write. Reading makes none.

use super::target::WriteTarget;
use super::write::{Precondition, write};
use super::{Author, RecordInput, RecordKey, find, find_live, gone_problem};
use crate::db::types::Id;
use crate::db::{self, Conn, TxResult};
use crate::error::{ErrorCode, Problem};
use crate::gazetteer;
use crate::registry::shelf::OfficialRecord;
use crate::registry::store::{self, ADOPTION_ORIGIN, Provenance, RecordChange, RecordRow};
use crate::vocabulary::{Identifier, Kind};
use jiff::civil::Date;
use serde_json::json;

/// A record that an outside name leads to.
#[derive(Debug)]
pub struct Adopted {
    /// The record.
    pub id: Id,
    /// What to append to the log: nothing where the registry held the record already, by another of its identifiers.
    pub changes: Vec<RecordChange>,
}

/// The record that an identifier which no record bears leads to, a tombstone too, made where there is none; none when nothing
/// is known of it.
///
/// # Errors
/// When the database fails.
pub fn adopt(
    tx: &mut Conn,
    stamp: &Provenance,
    kind: Kind,
    identifier: &Identifier,
    today: Date,
) -> TxResult<Option<Adopted>> {
    let Some(known) = kind.definition().official_record(identifier) else { return Ok(None) };
    // One at a time: two adoptions often need the same region and source.
    db::advisory_lock(tx, "adoption")?;
    if let Some(head) = find_by_official_record(tx, kind, &known)? {
        // Of one that was deleted, whoever asks for it is told so.
        let heir = if head.is_deleted() { store::merged_into(tx, head.id)? } else { None };
        return Ok(Some(Adopted { id: heir.unwrap_or(head.id), changes: vec![] }));
    }
    let (origin, actor) = (ADOPTION_ORIGIN.to_owned(), ADOPTION_ORIGIN.to_owned());
    let stamp = Provenance { origin, actor, at: stamp.at, batch: stamp.batch, comment: None };
    let author =
        Author { provenance: stamp, schemes: vec![], kinds: vec![kind], is_admin: false, force: false };
    let input = RecordInput::read(kind, known.body, None).map_err(Problem::invalid)?;
    let target = WriteTarget::Create(store::new_record_id());
    let mut written = write(tx, &author, kind, &target, input, &Precondition::default(), today)?;
    written.changes.iter_mut().for_each(|change| change.is_adopted = true);
    Ok(Some(Adopted { id: written.id, changes: written.changes }))
}

/// The live record of a kind with this name, adopted where it is not held; and what was written for that.
pub(super) fn find_or_adopt(
    tx: &mut Conn,
    stamp: &Provenance,
    kind: Kind,
    key: &RecordKey,
    today: Date,
) -> TxResult<(RecordRow, Vec<RecordChange>)> {
    if let RecordKey::Identifier(identifier) = key
        && find(tx, kind, key)?.is_none()
        && let Some(Adopted { id, changes, .. }) = adopt(tx, stamp, kind, identifier, today)?
    {
        return Ok((find_live(tx, kind, &RecordKey::Id(id))?, changes));
    }
    Ok((find_live(tx, kind, key)?, vec![]))
}

/// The record, a tombstone too, that bears one of the identifiers of what is known outside.
fn find_by_official_record(tx: &mut Conn, kind: Kind, known: &OfficialRecord) -> TxResult<Option<RecordRow>> {
    for identifier in &known.identifiers {
        let holders = store::find_ids_by_identifier(tx, &[kind], identifier)?;
        if let Some(id) = holders.first().copied() {
            return Ok(store::find(tx, id)?);
        }
    }
    Ok(None)
}

/// The record of a kind with this name, a tombstone too, as it is found to be read: also by an official identifier that
/// no record bears, where the record bears another of the same authority's, or is its successor's. Then the name is an
/// old one, which is told too.
pub(super) fn find_or_successor(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<(RecordRow, bool)> {
    if let Some(head) = find(tx, kind, key)? {
        return Ok((head, false));
    }
    if let RecordKey::Identifier(identifier) = key
        && let Some(known) = kind.definition().official_record(identifier)
        && let Some(head) = find_by_official_record(tx, kind, &known)?
    {
        return Ok((head, known.is_successor));
    }
    Err(no_such_record(kind, key).into())
}

/// As [`found`], of a live record.
pub(super) fn find_live_or_successor(tx: &mut Conn, kind: Kind, key: &RecordKey) -> TxResult<RecordRow> {
    let (head, _) = find_or_successor(tx, kind, key)?;
    if head.is_deleted() { Err(gone_problem(tx, &head)?.into()) } else { Ok(head) }
}

/// The refusal of a name that no record bears; of one that is known outside it says where that is read, and of an official
/// code that is written wrong which may be meant.
pub(super) fn no_such_record(kind: Kind, key: &RecordKey) -> Problem {
    let proposals = match key {
        RecordKey::Identifier(identifier) => gazetteer::suggest_codes(identifier),
        RecordKey::Id(_) => String::new(),
    };
    let problem = Problem::new(ErrorCode::NoSuchRecord).with_arg("proposals", proposals).with_arg("id", key);
    let known = match key {
        RecordKey::Identifier(identifier) => kind.definition().official_record(identifier),
        RecordKey::Id(_) => None,
    };
    match known.and_then(|known| known.href) {
        Some(href) => problem.with_member("gazetteer", json!({"href": href})),
        None => problem,
    }
}
