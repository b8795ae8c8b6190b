//! Coordinates and country of authorities, loaded by id, for maps and calendars.

use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::authorities;
use crate::db::types::Id;
use diesel::prelude::*;
use std::collections::HashMap;

/// Position and country of an authority.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorityLocation {
    /// Longitude and latitude in degrees, WGS 84.
    pub position: [f64; 2],
    /// The code of its country (ISO 3166-1 alpha-2).
    pub country: String,
}

/// The locations of the authorities that records refer to, by id.
pub type Locations = HashMap<String, AuthorityLocation>;

/// The most ids bound in one query.
const MAX_IDS_PER_QUERY: usize = 5000;

/// Loads the locations of these authorities. Those without coordinates are left out.
pub fn load_locations(tx: &mut Conn, ids: &[Id]) -> TxResult<Locations> {
    let mut locations = Locations::new();
    for ids in ids.chunks(MAX_IDS_PER_QUERY) {
        let rows: Vec<(Id, String, Option<f64>, Option<f64>)> = authorities::table
            .filter(authorities::id.eq_any(ids))
            .select((authorities::id, authorities::country, authorities::lon, authorities::lat))
            .load(tx)?;
        locations.extend(rows.into_iter().filter_map(|(id, country, lon, lat)| {
            Some((id.to_string(), AuthorityLocation { position: [lon?, lat?], country }))
        }));
    }
    Ok(locations)
}
