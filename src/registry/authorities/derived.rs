//! Where authorities are, for what maps and calendars show of the records that refer to them.

use crate::db::schema::authorities;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Place, Places};
use diesel::prelude::*;

/// Ids in one question.
const MANY: usize = 5000;

/// The places of these authorities, where they are known, by id.
///
/// # Errors
/// When the database fails.
pub fn places(tx: &mut Conn, ids: &[Id]) -> Outcome<Places> {
    let mut places = Places::new();
    for ids in ids.chunks(MANY) {
        let rows: Vec<(Id, String, Option<f64>, Option<f64>)> = authorities::table
            .filter(authorities::id.eq_any(ids))
            .select((authorities::id, authorities::country, authorities::lon, authorities::lat))
            .load(tx)?;
        places.extend(rows.into_iter().filter_map(|(id, country, lon, lat)| {
            Some((id.to_string(), Place { position: [lon?, lat?], country }))
        }));
    }
    Ok(places)
}
