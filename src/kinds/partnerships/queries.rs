//! Database look-ups that the rules of a partnership need.

use crate::db::conn::Conn;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;

/// Returns the authorities that are parties of the memoranda of a partnership.
pub(super) fn memorandum_authorities(tx: &mut Conn, id: Id) -> QueryResult<Vec<Id>> {
    let parties = SqlFragment::new(
        "SELECT DISTINCT p.to_record FROM refs m
            JOIN refs p ON p.from_record = m.from_record AND p.pointer = '/parties/party'
            JOIN authorities a ON a.id = p.to_record WHERE m.pointer = '/partnership' AND m.to_record = ",
    );
    Statement::<UuidSql>::new(parties.bind(BindValue::Id(id))).load(tx)
}

/// Returns the country codes of these authorities.
pub(super) fn party_countries(tx: &mut Conn, authorities: &[Id]) -> QueryResult<Vec<String>> {
    let countries = SqlFragment::new("SELECT country FROM authorities WHERE id IN ");
    let authorities = authorities.iter().map(|id| BindValue::Id(*id));
    Statement::<SqlText>::new(countries.bind_list(authorities)).load(tx)
}

/// Finds another open partnership with this set of parties (`Partnership::party_set_key`).
pub(super) fn find_open_partnership(tx: &mut Conn, parties: &str, id: Id) -> QueryResult<Option<Id>> {
    // `open = 1` is a literal, not bound, so that the partial index is used.
    let open =
        SqlFragment::new("SELECT id FROM partnerships WHERE open = 1 AND parties = ").bind_text(parties);
    Statement::<UuidSql>::new(open.sql(" AND id <> ").bind(BindValue::Id(id))).get_result(tx).optional()
}
