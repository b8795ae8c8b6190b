//! Adoption: a record that the registry does not hold but that is known outside it (`Record::known`) is made when a
//! write first names it by its official identifier, in the transaction of that write. Reading makes none.

use super::target::Goal;
use super::write::{Precondition, write};
use super::{Author, Draft, Name, gone, live, lookup};
use crate::db::types::Id;
use crate::db::{self, Conn, Outcome};
use crate::error::{Code, Problem};
use crate::gazetteer;
use crate::registry::shelf::Known;
use crate::registry::store::{self, ADOPTED, Change, Head, Stamp};
use crate::vocabulary::{Identifier, Kind};
use jiff::civil::Date;
use serde_json::json;

/// A record that an outside name leads to.
#[derive(Debug)]
pub struct Adopted {
    /// The record.
    pub id: Id,
    /// What to append to the log: nothing where the registry held the record already, by another of its identifiers.
    pub changes: Vec<Change>,
}

/// The record that an identifier which no record bears leads to, a tombstone too, made where there is none; none when nothing
/// is known of it.
///
/// # Errors
/// When the database fails.
pub fn adopt(
    tx: &mut Conn,
    stamp: &Stamp,
    kind: Kind,
    identifier: &Identifier,
    today: Date,
) -> Outcome<Option<Adopted>> {
    let Some(known) = kind.shelf().known(identifier) else { return Ok(None) };
    // One at a time: two adoptions often need the same region and source.
    db::lock(tx, "adoption")?;
    if let Some(head) = bearer(tx, kind, &known)? {
        // Of one that was deleted, whoever asks for it is told so.
        let heir = if head.is_deleted() { store::heir(tx, head.id)? } else { None };
        return Ok(Some(Adopted { id: heir.unwrap_or(head.id), changes: vec![] }));
    }
    let (origin, actor) = (ADOPTED.to_owned(), ADOPTED.to_owned());
    let stamp = Stamp { origin, actor, at: stamp.at, batch: stamp.batch, comment: None };
    let author = Author { stamp, schemes: vec![], kinds: vec![kind], admin: false, force: false };
    let draft = Draft::read(kind, known.body, None).map_err(Problem::invalid)?;
    let goal = Goal::Create(store::new_id());
    let mut written = write(tx, &author, kind, &goal, draft, &Precondition::default(), today)?;
    written.changes.iter_mut().for_each(|change| change.adopted = true);
    Ok(Some(Adopted { id: written.id, changes: written.changes }))
}

/// The live record of a kind with this name, adopted where it is not held; and what was written for that.
pub(super) fn live_or_adopted(
    tx: &mut Conn,
    stamp: &Stamp,
    kind: Kind,
    name: &Name,
    today: Date,
) -> Outcome<(Head, Vec<Change>)> {
    if let Name::Identifier(identifier) = name
        && lookup(tx, kind, name)?.is_none()
        && let Some(Adopted { id, changes, .. }) = adopt(tx, stamp, kind, identifier, today)?
    {
        return Ok((live(tx, kind, &Name::Id(id))?, changes));
    }
    Ok((live(tx, kind, name)?, vec![]))
}

/// The record, a tombstone too, that bears one of the identifiers of what is known outside.
fn bearer(tx: &mut Conn, kind: Kind, known: &Known) -> Outcome<Option<Head>> {
    for identifier in &known.identifiers {
        let holders = store::by_identifier(tx, &[kind], identifier)?;
        if let Some(id) = holders.first().copied() {
            return Ok(store::find(tx, id)?);
        }
    }
    Ok(None)
}

/// The record of a kind with this name, a tombstone too, as it is found to be read: also by an official identifier that
/// no record bears, where the record bears another of the same authority's, or is its successor's. Then the name is an
/// old one, which is told too.
pub(super) fn found(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<(Head, bool)> {
    if let Some(head) = lookup(tx, kind, name)? {
        return Ok((head, false));
    }
    if let Name::Identifier(identifier) = name
        && let Some(known) = kind.shelf().known(identifier)
        && let Some(head) = bearer(tx, kind, &known)?
    {
        return Ok((head, known.moved));
    }
    Err(unheld(kind, name).into())
}

/// As [`found`], of a live record.
pub(super) fn found_live(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<Head> {
    let (head, _) = found(tx, kind, name)?;
    if head.is_deleted() { Err(gone(tx, &head)?.into()) } else { Ok(head) }
}

/// The refusal of a name that no record bears; of one that is known outside it says where that is read, and of an official
/// code that is written wrong which may be meant.
pub(super) fn unheld(kind: Kind, name: &Name) -> Problem {
    let proposals = match name {
        Name::Identifier(identifier) => gazetteer::proposals(identifier),
        Name::Id(_) => String::new(),
    };
    let problem = Problem::new(Code::NoSuchRecord).fact("proposals", proposals).fact("id", name);
    let known = match name {
        Name::Identifier(identifier) => kind.shelf().known(identifier),
        Name::Id(_) => None,
    };
    match known.and_then(|known| known.href) {
        Some(href) => problem.with("gazetteer", json!({"href": href})),
        None => problem,
    }
}
