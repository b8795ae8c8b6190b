//! Which of the gazetteer's authorities the registry holds, by their codes.

use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::registry::store::LIVE;
use crate::vocabulary::{Identifier, Kind};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;

/// The live authorities that bear one of these codes, by code.
///
/// # Errors
/// When the database fails.
pub(super) fn held(tx: &mut Conn, codes: &[Identifier]) -> Outcome<BTreeMap<Identifier, Id>> {
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut schemes: BTreeMap<&str, Vec<Bind>> = BTreeMap::new();
    for code in codes {
        schemes.entry(&code.scheme).or_default().push(Bind::Text(code.value.clone()));
    }
    let named = schemes
        .into_iter()
        .map(|(scheme, values)| Clause::new("i.scheme = ").text(scheme).sql(" AND i.value IN ").list(values));
    let query = Clause::new("SELECT i.scheme, i.value, i.record_id FROM identifiers i ")
        .sql("JOIN records r ON r.id = i.record_id WHERE i.kind = ")
        .text(Kind::Authority.as_str())
        .sql(" AND r.state = ")
        .text(LIVE)
        .sql(" AND ")
        .then(Clause::any(named));
    let rows: Vec<(String, String, Id)> = Statement::<(Text, Text, Guid)>::new(query).load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value, id)| (Identifier { scheme, value }, id)).collect())
}
