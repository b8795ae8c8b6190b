//! Restoring a version: its content goes the way of every write, and a tombstone revives.

use super::history::{content, past};
use super::kept::{There, citations_of, without_origin};
use super::target::{Again, Goal};
use super::write::{Precondition, Written, write};
use super::{Author, Draft, Knowledge, Name, known};
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::store;
use crate::vocabulary::Kind;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// Makes a record again what it was in a version.
///
/// # Errors
/// As [`write()`]; 404 without such a version; 410 where it is a deletion, or has been erased; when that version is
/// damaged, or the record is and its author is no administrator.
pub fn restore(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    name: &Name,
    number: i64,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Written> {
    let id = known(tx, kind, name)?.id;
    store::lock(tx, id)?;
    let head = known(tx, kind, &Name::Id(id))?;
    let past = past(tx, &head, number)?;
    let content = Value::Object(content(tx, &head, &past)?);
    precondition.admits(&head, true)?;
    // What an administrator restores may have been damaged: this mends it.
    let now = match head.members() {
        Ok(now) => now,
        Err(_) if author.admin => Map::new(),
        Err(damaged) => return Err(damaged.into()),
    };
    let citations = citations(&now.into(), &content);
    let mut draft = Draft::read(kind, content, Some(&id.to_string())).map_err(Problem::invalid)?;
    let mut left = vec![];
    if head.is_deleted() && store::heir(tx, id)?.is_some() {
        // What went to the record it was merged into stays there.
        let mut own = Vec::with_capacity(draft.identifiers.len());
        for identifier in draft.identifiers {
            if store::by_identifier(tx, &[kind], &identifier)?.iter().all(|holder| *holder == id) {
                own.push(identifier);
            } else {
                left.push(identifier.to_string());
            }
        }
        draft.identifiers = own;
    }
    let precondition = &Precondition { knowledge: Knowledge::Version, ..precondition.clone() };
    let goal = Goal::Again(id, Again::Restored(number), citations);
    let mut written = write(tx, author, kind, &goal, draft, precondition, today)?;
    if !left.is_empty() {
        let facts = vec![("identifiers", left.join(", "))];
        written.warnings.push(Fault::at("/identifiers", Code::IdentifiersNotRestored, facts));
    }
    Ok(written)
}

/// The citations that keep their origin: those of today, and those of the version.
fn citations(now: &Value, then: &Value) -> Vec<Value> {
    let mut all = citations_of(now).to_vec();
    let today = There::of(&all);
    let is_there = |then: &Value| today.same(&without_origin(then)).is_some();
    all.extend(citations_of(then).iter().filter(|then| !is_there(then)).cloned());
    all
}
