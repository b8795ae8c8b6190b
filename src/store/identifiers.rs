//! Table `identifiers`: identifiers of records, tombstones included.

use super::records::LIVE;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::identifiers;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;
use std::collections::BTreeMap;

/// Returns the ids of the records of these kinds that bear the identifier, tombstones included.
pub fn find_ids_by_identifier(
    tx: &mut Conn,
    kinds: &[Kind],
    identifier: &Identifier,
) -> QueryResult<Vec<Id>> {
    let matches = identifiers::scheme.eq(&identifier.scheme).and(identifiers::value.eq(&identifier.value));
    let found = identifiers::table.filter(matches).select(identifiers::record_id);
    // diesel prepares a statement for one kind once, but not one with a list.
    if let [kind] = kinds {
        return found.filter(identifiers::kind.eq(kind.as_str())).load(tx);
    }
    let kind_names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    found.filter(identifiers::kind.eq_any(kind_names)).load(tx)
}

/// Returns the identifiers of a record, its natural key included.
pub fn load_identifiers(tx: &mut Conn, id: Id) -> QueryResult<Vec<Identifier>> {
    let rows = identifiers::table
        .filter(identifiers::record_id.eq(id))
        .select((identifiers::scheme, identifiers::value));
    let rows: Vec<(String, String)> = rows.load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value)| Identifier { scheme, value }).collect())
}

/// Replaces the identifiers of a record.
///
/// # Errors
/// A unique violation when another record of the kind has one of them.
pub fn set_identifiers(
    tx: &mut Conn,
    kind: Kind,
    id: Id,
    current: &[Identifier],
    wanted: &[Identifier],
) -> QueryResult<()> {
    for removed in current.iter().filter(|identifier| !wanted.contains(identifier)) {
        let row = identifiers::table.find((kind.as_str(), &removed.scheme, &removed.value));
        diesel::delete(row).execute(tx)?;
    }
    for added in wanted.iter().filter(|wanted| !current.contains(wanted)) {
        let row = (
            identifiers::kind.eq(kind.as_str()),
            identifiers::scheme.eq(&added.scheme),
            identifiers::value.eq(&added.value),
            identifiers::record_id.eq(id),
        );
        diesel::insert_into(identifiers::table).values(row).execute(tx)?;
    }
    Ok(())
}

/// Returns the live records of a kind that bear one of these identifiers, by identifier.
pub fn find_live_by_identifiers(
    tx: &mut Conn,
    kind: Kind,
    wanted: &[Identifier],
) -> TxResult<BTreeMap<Identifier, Id>> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut schemes: BTreeMap<&str, Vec<BindValue>> = BTreeMap::new();
    for identifier in wanted {
        schemes.entry(&identifier.scheme).or_default().push(BindValue::Text(identifier.value.clone()));
    }
    let named = schemes.into_iter().map(|(scheme, values)| {
        SqlFragment::new("i.scheme = ").bind_text(scheme).sql(" AND i.value IN ").bind_list(values)
    });
    let query = SqlFragment::new("SELECT i.scheme, i.value, i.record_id FROM identifiers i ")
        .sql("JOIN records r ON r.id = i.record_id WHERE i.kind = ")
        .bind_text(kind.as_str())
        .sql(" AND r.state = ")
        .bind_text(LIVE)
        .sql(" AND ")
        .append(SqlFragment::any(named));
    let rows: Vec<(String, String, Id)> = Statement::<(SqlText, SqlText, UuidSql)>::new(query).load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value, id)| (Identifier { scheme, value }, id)).collect())
}
