//! Distances and areas, as conditions on the columns of the authorities, whatever their table is called there.

use crate::db::sql::{BindValue, SqlFragment};

/// The mean radius of the Earth, in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A place as a unit vector.
pub(crate) fn unit_vector(lat: f64, lon: f64) -> [f64; 3] {
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

fn is_valid_position(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

/// The form of `near`.
pub const NEAR_FORMAT: &str = "latitude,longitude,kilometres";

/// The form of `bbox`.
pub const BBOX_FORMAT: &str = "west,south,east,north in degrees";

/// `lat,lon,km`: the place as a unit vector, and the least product with those that are at most so far away.
pub(crate) fn parse_circle(numbers: &[f64]) -> Option<([f64; 3], f64)> {
    let [lat, lon, km] = *numbers else { return None };
    if !is_valid_position(lat, lon) || !(0.0..=20_100.0).contains(&km) {
        return None;
    }
    Some((unit_vector(lat, lon), (km / EARTH_RADIUS_KM).min(std::f64::consts::PI).cos()))
}

/// `near=lat,lon,km`: at most so far, as the crow flies.
pub(in crate::registry) fn within_distance(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
    let ([x, y, z], nearest) = parse_circle(numbers)?;
    let sum = SqlFragment::new(format!("{table}.x * "))
        .bind(BindValue::Real(x))
        .sql(format!(" + {table}.y * "))
        .bind(BindValue::Real(y))
        .sql(format!(" + {table}.z * "))
        .bind(BindValue::Real(z));
    Some(sum.sql(" >= ").bind(BindValue::Real(nearest)))
}

/// `bbox=west,south,east,north` in degrees (RFC 7946 section 5); west of more than east crosses the antimeridian.
pub(in crate::registry) fn within_bbox(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
    let [west, south, east, north] = *numbers else { return None };
    if !is_valid_position(south, west) || !is_valid_position(north, east) || south > north {
        return None;
    }
    let compare = |column: &str, bound: f64| {
        SqlFragment::new(format!("{table}.{column} ")).bind(BindValue::Real(bound))
    };
    let between = [compare("lat >=", south), compare("lat <=", north)];
    let sides = [compare("lon >=", west), compare("lon <=", east)];
    let sides = if west <= east { SqlFragment::all(sides) } else { SqlFragment::any(sides) };
    Some(SqlFragment::all(between.into_iter().chain([sides])))
}
