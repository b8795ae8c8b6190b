//! Deleting a record: a tombstone stays, with its identifiers and its history.

use super::write::Precondition;
use super::{Author, Name, live, owners};
use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::content;
use crate::registry::store::{self, Change, DELETED, Head};
use crate::vocabulary::Kind;
use diesel::prelude::*;
use serde_json::{Value, json};

/// The most referring records that a refusal names.
const NAMED: i64 = 20;

/// Deletes a record; gives the change to append to the log.
///
/// # Errors
/// 403 where the registry adopted it and the author is no administrator; 409 naming the records that refer to it; a failed
/// precondition.
pub fn delete(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    name: &Name,
    precondition: &Precondition,
) -> Outcome<Change> {
    let id = live(tx, kind, name)?.id;
    store::lock(tx, id)?;
    let head = live(tx, kind, &Name::Id(id))?;
    // Everybody names what was adopted by its official code, and while it is deleted no such reference leads anywhere.
    if !author.admin && store::is_adopted(tx, id)? {
        return Err(Problem::new(Code::Forbidden).fact("scope", "admin").into());
    }
    precondition.admits(&head, true)?;
    unreferenced(tx, id)?;
    let overrode = owners::guarded(tx, author, &head)?;
    bury(tx, author, kind, &head)?;
    Ok(Change {
        id,
        kind,
        version: head.version + 1,
        at: head.next_at(author.stamp.at),
        op: "delete",
        changed: vec![String::new()],
        body: None,
        replaced_by: None,
        overrode,
        owners_of: None,
        adopted: false,
    })
}

/// Nothing may refer to what is deleted.
pub(super) fn unreferenced(tx: &mut Conn, id: Id) -> Outcome<()> {
    let (count, some) = store::referrers(tx, id, NAMED)?;
    if count > 0 {
        let referrers =
            some.into_iter().map(|(id, kind, pointer, name)| referrer(id, &kind, &pointer, &name));
        let referrers: Vec<Value> = referrers.collect::<Result<_, Problem>>()?;
        return Err(Problem::new(Code::Referenced).fact("count", count).with("referrers", referrers).into());
    }
    Ok(())
}

/// Makes a record a tombstone of the next version: the row, its content and its identifiers stay.
pub(super) fn bury(tx: &mut Conn, author: &Author, kind: Kind, head: &Head) -> Outcome<()> {
    store::unproject(tx, head, kind.shelf().table())?;
    let row = (
        records::version.eq(head.version + 1),
        records::state.eq(DELETED),
        records::updated_at.eq(head.next_at(author.stamp.at)),
        records::origin.eq(&author.stamp.origin),
    );
    diesel::update(records::table.filter(records::id.eq(head.id))).set(row).execute(tx)?;
    Ok(())
}

fn referrer(id: Id, kind: &str, pointer: &str, name: &str) -> Result<Value, Problem> {
    let path = Kind::from_name(kind).map_or("", Kind::path);
    Ok(json!({
        "kind": kind, "id": id.to_string(), "pointer": pointer,
        "name": content::name(kind, id, name)?, "href": format!("/v1/{path}/{id}")
    }))
}
