//! Which of the gazetteer's authorities the registry holds, by their codes.

use super::records::LIVE;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeMap;

/// The live authorities that bear one of these codes, by code.
///
/// # Errors
/// When the database fails.
pub fn find_live_by_identifiers(tx: &mut Conn, codes: &[Identifier]) -> TxResult<BTreeMap<Identifier, Id>> {
    if codes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut schemes: BTreeMap<&str, Vec<BindValue>> = BTreeMap::new();
    for code in codes {
        schemes.entry(&code.scheme).or_default().push(BindValue::Text(code.value.clone()));
    }
    let named = schemes.into_iter().map(|(scheme, values)| {
        SqlFragment::new("i.scheme = ").bind_text(scheme).sql(" AND i.value IN ").bind_list(values)
    });
    let query = SqlFragment::new("SELECT i.scheme, i.value, i.record_id FROM identifiers i ")
        .sql("JOIN records r ON r.id = i.record_id WHERE i.kind = ")
        .bind_text(Kind::Authority.as_str())
        .sql(" AND r.state = ")
        .bind_text(LIVE)
        .sql(" AND ")
        .append(SqlFragment::any(named));
    let rows: Vec<(String, String, Id)> = Statement::<(Text, Text, UuidSql)>::new(query).load(tx)?;
    Ok(rows.into_iter().map(|(scheme, value, id)| (Identifier { scheme, value }, id)).collect())
}
