//! Database look-ups that rules and read-only members of an edition need.

use crate::db::conn::Conn;
use crate::db::schema::authorities;
use crate::db::types::Id;
use diesel::prelude::*;
use std::collections::HashMap;

/// Loads the country codes of these authorities, by id.
pub(super) fn countries_by_authority(tx: &mut Conn, ids: Vec<Id>) -> QueryResult<HashMap<Id, String>> {
    let rows = authorities::table
        .filter(authorities::id.eq_any(ids))
        .select((authorities::id, authorities::country));
    Ok(rows.load(tx)?.into_iter().collect())
}
