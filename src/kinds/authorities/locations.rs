//! Where authorities are, for what maps and calendars show of the records that refer to them.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::authorities;
use crate::db::types::Id;
use diesel::prelude::*;
use std::collections::HashMap;

/// Where an authority is.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorityLocation {
    /// Longitude and latitude in degrees, WGS 84.
    pub position: [f64; 2],
    /// Its country.
    pub country: String,
}

/// Where the authorities are to which records refer, by id.
pub type Locations = HashMap<String, AuthorityLocation>;

/// Ids in one question.
const MAX_IDS_PER_QUERY: usize = 5000;

/// The places of these authorities, where they are known, by id.
///
/// # Errors
/// When the database fails.
pub fn load_locations(tx: &mut Conn, ids: &[Id]) -> TxResult<Locations> {
    let mut places = Locations::new();
    for ids in ids.chunks(MAX_IDS_PER_QUERY) {
        let rows: Vec<(Id, String, Option<f64>, Option<f64>)> = authorities::table
            .filter(authorities::id.eq_any(ids))
            .select((authorities::id, authorities::country, authorities::lon, authorities::lat))
            .load(tx)?;
        places.extend(rows.into_iter().filter_map(|(id, country, lon, lat)| {
            Some((id.to_string(), AuthorityLocation { position: [lon?, lat?], country }))
        }));
    }
    Ok(places)
}
