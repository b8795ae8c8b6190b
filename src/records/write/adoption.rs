//! Adoption: creates a record from the official gazetteer when a write first names it by its official
//! identifier, in the transaction of that write. Reads create none.

use super::precondition::Precondition;
use super::prepare::WriteContext;
use super::resolve_references::Adopted;
use super::save::write_locked;
use super::target::{WriteTarget, lock_target};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::{locks, types};
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::origins::ADOPTION_ORIGIN;
use crate::kinds::all;
use crate::records::author::Author;
use crate::records::find::{find, find_by_official_record, find_live};
use crate::records::input::RecordInput;
use crate::records::record_key::RecordKey;
use crate::store::changes::{Provenance, RecordChange};
use crate::store::records::RecordRow;
use crate::store::versions;
use jiff::civil::Date;

/// Returns the record of an official identifier that no record bears yet, creating it from the gazetteer
/// where needed; tombstones included; none where the gazetteer does not know the identifier.
pub fn adopt(
    tx: &mut Conn,
    stamp: &Provenance,
    kind: Kind,
    identifier: &Identifier,
    today: Date,
) -> TxResult<Option<Adopted>> {
    let Some(known) = all::definition(kind).official_record(identifier) else { return Ok(None) };
    // One at a time: two adoptions often need the same region and source.
    locks::advisory_lock(tx, "adoption")?;
    if let Some(head) = find_by_official_record(tx, kind, &known)? {
        // Of one that was deleted, whoever asks for it is told so.
        let successor = if head.is_deleted() { versions::merged_into(tx, head.id)? } else { None };
        return Ok(Some(Adopted { id: successor.unwrap_or(head.id), changes: vec![] }));
    }
    let (origin, actor) = (ADOPTION_ORIGIN.to_owned(), ADOPTION_ORIGIN.to_owned());
    let stamp = Provenance { origin, actor, at: stamp.at, batch: stamp.batch, comment: None };
    let author =
        Author { provenance: stamp, schemes: vec![], kinds: vec![kind], is_admin: false, force: false };
    let mut input = RecordInput::read(kind, known.body, None).map_err(Problem::invalid)?;
    let target = WriteTarget::Create(types::new_record_id());
    let row = lock_target(tx, kind, &target, &mut input)?;
    let precondition = Precondition::default();
    let context =
        WriteContext { author: &author, kind, target: &target, precondition: &precondition, today, adopt };
    let mut written = write_locked(tx, context, row, input)?;
    written.changes.iter_mut().for_each(|change| change.is_adopted = true);
    Ok(Some(Adopted { id: written.id, changes: written.changes }))
}

/// Finds a live record by its key, creating it from the gazetteer where needed; returns the changes of
/// doing so.
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
