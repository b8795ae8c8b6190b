//! What is derived from contents: columns, tags, search, and the names that depend on other records.

use super::Draft;
use super::refs::Gathered;
use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::shelf::{Held, Names};
use crate::registry::store::{self, Head};
use crate::vocabulary::{Kind, Text};
use diesel::prelude::*;

/// Writes everything that is derived from a content, where nothing is yet: columns, tags, search.
pub(super) fn project(
    tx: &mut Conn,
    id: Id,
    number: i64,
    content: &mut dyn Held,
    name: &Text,
) -> Outcome<()> {
    let mut gathered = Gathered::default();
    content.walk(&mut gathered);
    for (_, words) in name.iter() {
        gathered.texts.push_str(words);
        gathered.texts.push('\n');
    }
    store::add_tags(tx, id, &gathered.tags)?;
    store::add_search(tx, number, &gathered.texts)?;
    content.project(id, name, tx)
}

/// Renames the records whose label is made of the name of a record that has just been renamed.
pub(super) fn rename_dependents(tx: &mut Conn, id: Id) -> Outcome<()> {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.shelf().named_by_refs()).collect();
    for head in store::referring(tx, id, &kinds)? {
        rename(tx, &head)?;
    }
    Ok(())
}

/// Writes again what is derived from a stored record. It makes no version.
///
/// # Errors
/// When the database fails.
pub(super) fn rename(tx: &mut Conn, head: &Head) -> Outcome<()> {
    let Some(kind) = Kind::from_name(&head.kind) else { return Ok(()) };
    let body = serde_json::from_str(&head.content).unwrap_or_default();
    let Ok(mut draft) = Draft::read(kind, body, None) else { return Ok(()) };
    let named = store::referred(tx, &[head.id])?;
    let names: Names = named.into_iter().map(|(id, named)| (id, named.name)).collect();
    let name = draft.content.name(&names);
    let row = diesel::update(records::table.filter(records::id.eq(head.id)));
    row.set(records::name.eq(name.json())).execute(tx)?;
    store::clear(tx, head, kind.shelf().table())?;
    project(tx, head.id, head.number, draft.content.as_mut(), &name)
}
