//! The identifiers of the records, tombstones included.

use crate::db::conn::Conn;
use crate::db::schema::identifiers;
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use diesel::prelude::*;

/// The id of the record of one of `kinds` that bears the identifier, tombstones included.
///
/// # Errors
/// When the database fails.
pub fn find_ids_by_identifier(
    tx: &mut Conn,
    kinds: &[Kind],
    identifier: &Identifier,
) -> QueryResult<Vec<Id>> {
    let named = identifiers::scheme.eq(&identifier.scheme).and(identifiers::value.eq(&identifier.value));
    let found = identifiers::table.filter(named).select(identifiers::record_id);
    // A list is a new statement each time; one kind is prepared once.
    if let [kind] = kinds {
        return found.filter(identifiers::kind.eq(kind.as_str())).load(tx);
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    found.filter(identifiers::kind.eq_any(names)).load(tx)
}

/// The identifiers a record has; those of its natural key included.
///
/// # Errors
/// When the database fails.
pub fn load_identifiers(tx: &mut Conn, id: Id) -> QueryResult<Vec<Identifier>> {
    let rows = identifiers::table
        .filter(identifiers::record_id.eq(id))
        .select((identifiers::scheme, identifiers::value));
    let rows: Vec<(String, String)> = rows.load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value)| Identifier { scheme, value }).collect())
}

/// Gives a record exactly these identifiers, instead of those that it holds.
///
/// # Errors
/// When the database fails, or another record has one of them.
pub fn set_identifiers(
    tx: &mut Conn,
    kind: Kind,
    id: Id,
    current: &[Identifier],
    wanted: &[Identifier],
) -> QueryResult<()> {
    for gone in current.iter().filter(|held| !wanted.contains(held)) {
        let row = identifiers::table.find((kind.as_str(), &gone.scheme, &gone.value));
        diesel::delete(row).execute(tx)?;
    }
    for new in wanted.iter().filter(|wanted| !current.contains(wanted)) {
        let row = (
            identifiers::kind.eq(kind.as_str()),
            identifiers::scheme.eq(&new.scheme),
            identifiers::value.eq(&new.value),
            identifiers::record_id.eq(id),
        );
        diesel::insert_into(identifiers::table).values(row).execute(tx)?;
    }
    Ok(())
}
