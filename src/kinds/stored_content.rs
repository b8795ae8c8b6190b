//! Stored contents of records whose kind is known at run time: parsing, and verification before they are sent.
//!
//! A damaged content is reported with its row, never sent.

use super::content_verifier;
use super::definition::Definition;
use crate::db::keyset_paging::ListRow;
use crate::db::types::Id;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::kinds::all;
use crate::store::damage::{StoredRowId, parse_stored_name};
use crate::store::records::RecordRow;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twox_hash::XxHash3_64;

/// Returns the definition of the row's kind, or `None` for a name that is no kind.
fn definition_of_row(row: StoredRowId<'_>) -> Option<&'static dyn Definition> {
    Kind::from_name(row.kind).map(all::definition)
}

/// Parses a stored content.
///
/// # Errors
/// `ErrorCode::Damaged` when it is not a valid content of this row.
pub fn parse_members(row: StoredRowId<'_>, content: &str) -> Result<Map<String, Value>> {
    content_verifier::parse_content(definition_of_row(row), row, content)
}

/// Verifies a stored content, which may then be sent as it is.
///
/// # Errors
/// `ErrorCode::Damaged` when it is not a valid content of this row.
pub fn verify_content(row: StoredRowId<'_>, content: &str) -> Result<()> {
    content_verifier::check_content(definition_of_row(row), row, content)
}

/// Parses the content of a record.
///
/// # Errors
/// `ErrorCode::Damaged` when it is not a valid content of this record.
pub fn record_members(row: &RecordRow) -> Result<Map<String, Value>> {
    parse_members(row.location(), &row.content)
}

/// Hashes of rows that were verified and undamaged, so that they are not verified again. Clones share them.
#[derive(Debug, Clone)]
pub struct VerifiedRows(Arc<[AtomicU64]>);

impl Default for VerifiedRows {
    fn default() -> Self {
        Self((0..Self::MAX_DIGESTS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl VerifiedRows {
    /// The number of hashes kept, 8 bytes each: 2 MiB. A newer hash takes the place of another one in its slot.
    const MAX_DIGESTS: usize = 1 << 18;

    /// Like [`verify_row`], but skips rows that were verified before.
    ///
    /// # Errors
    /// `ErrorCode::Damaged` when the row is damaged.
    pub fn verify(&self, kind: Kind, row: &ListRow) -> Result<()> {
        let parts = [&row.content, &row.name, &row.names];
        // The id is part of the hash, since the content of another record is damage too.
        let seed = row.id.0.as_u64_pair().1;
        let digest = parts
            .iter()
            .fold(seed, |digest, part| digest.rotate_left(21) ^ XxHash3_64::oneshot(part.as_bytes()));
        let slot = usize::try_from(digest % Self::MAX_DIGESTS as u64).ok().and_then(|slot| self.0.get(slot));
        if slot.is_some_and(|slot| slot.load(Ordering::Relaxed) == digest && digest != 0) {
            return Ok(());
        }
        verify_row(kind, row)?;
        if let Some(slot) = slot {
            slot.store(digest, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Verifies the content of a record, its name and the names of the records that it refers to.
///
/// # Errors
/// `ErrorCode::Damaged` when one of them is damaged.
pub fn verify_row(kind: Kind, row: &ListRow) -> Result<()> {
    let kind = kind.as_str();
    verify_content(StoredRowId { kind, id: row.id, version: row.version }, &row.content)?;
    parse_stored_name(kind, row.id, &row.name)?;
    for line in row.names.split('\n').filter(|line| !line.is_empty()) {
        let parts = line.find('{').map(|at| line.split_at(at));
        let parts = parts.and_then(|(id, text)| Some((uuid::Uuid::try_parse(id).ok()?, text)));
        let Some((id, text)) = parts else {
            let row_id = StoredRowId { kind, id: row.id, version: row.version };
            return Err(row_id.damage_problem("a record that it refers to has no name"));
        };
        parse_stored_name("record", Id(id), text)?;
    }
    Ok(())
}
