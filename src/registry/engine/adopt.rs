//! Adoption: a record that the registry does not hold but that is known outside it (`Record::known`) is made when it is
//! first named by its official identifier, in the transaction of whoever names it.

use super::target::Goal;
use super::write::{Precondition, write};
use super::{Author, Draft, Name, live, lookup};
use crate::db::types::Id;
use crate::db::{self, Conn, Outcome};
use crate::error::Problem;
use crate::registry::store::{self, ADOPTED, Change, Head, Stamp};
use crate::vocabulary::{Identifier, Kind};
use jiff::civil::Date;

/// A record that an outside name leads to.
#[derive(Debug)]
pub struct Adopted {
    /// The record.
    pub id: Id,
    /// Whether the name is an old one, of what the record took the place of.
    pub moved: bool,
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
    let moved = known.moved;
    // One at a time: two adoptions often need the same region and source.
    db::lock(tx, "adoption")?;
    for bears in &known.identifiers {
        let Some(id) = store::by_identifier(tx, &[kind], bears)?.first().copied() else { continue };
        let is_live = store::find(tx, id)?.is_some_and(|head| !head.is_deleted());
        // Of one that was deleted, whoever asks for it is told so.
        let id = if is_live { id } else { store::heir(tx, id)?.unwrap_or(id) };
        return Ok(Some(Adopted { id, moved, changes: vec![] }));
    }
    let (origin, actor) = (ADOPTED.to_owned(), ADOPTED.to_owned());
    let stamp = Stamp { origin, actor, at: stamp.at, batch: stamp.batch, comment: None };
    let author = Author { stamp, schemes: vec![], admin: false, force: false };
    let draft = Draft::read(kind, known.body, None).map_err(Problem::invalid)?;
    let goal = Goal::Create(store::new_id());
    let mut written = write(tx, &author, kind, &goal, draft, &Precondition::default(), today)?;
    written.changes.iter_mut().for_each(|change| change.adopted = true);
    Ok(Some(Adopted { id: written.id, moved, changes: written.changes }))
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

/// Whether a record of a kind bears this name, deleted or not.
///
/// # Errors
/// When the database fails.
pub fn is_held(tx: &mut Conn, kind: Kind, name: &Name) -> Outcome<bool> {
    Ok(lookup(tx, kind, name)?.is_some())
}
