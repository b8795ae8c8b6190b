//! Restores an earlier version as a new write; revives a tombstone.

use super::create_or_replace::write;
use super::outcome::WriteOutcome;
use super::precondition::{EditBasis, Precondition};
use super::preserve::{StoredCitations, citations_in, strip_origin};
use super::target::{RewriteReason, WriteTarget};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::kind::Kind;
use crate::kinds::stored_content;
use crate::records::author::Author;
use crate::records::find::find_with_deleted;
use crate::records::input::RecordInput;
use crate::records::read::history::{find_version, version_content};
use crate::records::record_key::RecordKey;
use crate::store::{identifiers, records, versions};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Restores the content of a version.
///
/// # Errors
/// As [`write()`]; 404 without such a version; 410 where it is a deletion, or was erased; 500 where that
/// version is damaged, or the current one is and the author is no administrator.
pub fn restore(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    key: &RecordKey,
    number: i64,
    precondition: &Precondition,
    today: Date,
) -> TxResult<WriteOutcome> {
    let id = find_with_deleted(tx, kind, key)?.id;
    records::lock_record(tx, id)?;
    let head = find_with_deleted(tx, kind, &RecordKey::Id(id))?;
    let past = find_version(tx, &head, number)?;
    let content = Value::Object(version_content(tx, &head, &past)?);
    precondition.ensure(&head, true)?;
    // What an administrator restores may have been damaged: this mends it.
    let now = match stored_content::record_members(&head) {
        Ok(now) => now,
        Err(_) if author.is_admin => Map::new(),
        Err(damaged) => return Err(damaged.into()),
    };
    let citations = stored_citations(&now.into(), &content);
    let mut input = RecordInput::read(kind, content, Some(&id.to_string())).map_err(Problem::invalid)?;
    let mut left = vec![];
    if head.is_deleted() && versions::merged_into(tx, id)?.is_some() {
        // What went to the record it was merged into stays there.
        let mut own = Vec::with_capacity(input.identifiers.len());
        for identifier in input.identifiers {
            if identifiers::find_ids_by_identifier(tx, &[kind], &identifier)?
                .iter()
                .all(|holder| *holder == id)
            {
                own.push(identifier);
            } else {
                left.push(identifier.to_string());
            }
        }
        input.identifiers = own;
    }
    let precondition = &Precondition { basis: EditBasis::KnownVersion, ..precondition.clone() };
    let target = WriteTarget::Rewrite(id, RewriteReason::Restored(number), citations);
    let mut written = write(tx, author, kind, &target, input, precondition, today)?;
    if !left.is_empty() {
        let facts = vec![("identifiers", left.join(", "))];
        written.warnings.push(Fault::at_pointer("/identifiers", ErrorCode::IdentifiersNotRestored, facts));
    }
    Ok(written)
}

/// Returns the stored citations that keep their origin: the current ones, and those of the version.
fn stored_citations(now: &Value, then: &Value) -> Vec<Value> {
    let mut all = citations_in(now).to_vec();
    let today = StoredCitations::index(&all);
    let is_there = |then: &Value| today.find_same(&strip_origin(then)).is_some();
    all.extend(citations_in(then).iter().filter(|then| !is_there(then)).cloned());
    all
}
