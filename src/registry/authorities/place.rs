//! Distances and areas, as conditions on the columns of the authorities, whatever their table is called there.

use crate::db::sql::{Bind, Clause};

/// The mean radius of the Earth, in kilometres (IUGG).
const EARTH: f64 = 6371.0088;

/// A place as a unit vector.
pub(crate) fn vector(lat: f64, lon: f64) -> [f64; 3] {
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

fn is_place(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

/// The form of `near`.
pub const NEAR: &str = "latitude,longitude,kilometres";

/// The form of `bbox`.
pub const BBOX: &str = "west,south,east,north in degrees";

/// `lat,lon,km`: the place as a unit vector, and the least product with those that are at most so far away.
pub(crate) fn circle(numbers: &[f64]) -> Option<([f64; 3], f64)> {
    let [lat, lon, km] = *numbers else { return None };
    if !is_place(lat, lon) || !(0.0..=20_100.0).contains(&km) {
        return None;
    }
    Some((vector(lat, lon), (km / EARTH).min(std::f64::consts::PI).cos()))
}

/// `near=lat,lon,km`: at most so far, as the crow flies.
pub(in crate::registry) fn near(table: &str, numbers: &[f64]) -> Option<Clause> {
    let ([x, y, z], nearest) = circle(numbers)?;
    let sum = Clause::new(format!("{table}.x * "))
        .bind(Bind::Real(x))
        .sql(format!(" + {table}.y * "))
        .bind(Bind::Real(y))
        .sql(format!(" + {table}.z * "))
        .bind(Bind::Real(z));
    Some(sum.sql(" >= ").bind(Bind::Real(nearest)))
}

/// `bbox=west,south,east,north` in degrees (RFC 7946 section 5); west of more than east crosses the antimeridian.
pub(in crate::registry) fn bbox(table: &str, numbers: &[f64]) -> Option<Clause> {
    let [west, south, east, north] = *numbers else { return None };
    if !is_place(south, west) || !is_place(north, east) || south > north {
        return None;
    }
    let compare =
        |column: &str, bound: f64| Clause::new(format!("{table}.{column} ")).bind(Bind::Real(bound));
    let between = [compare("lat >=", south), compare("lat <=", north)];
    let sides = [compare("lon >=", west), compare("lon <=", east)];
    let sides = if west <= east { Clause::all(sides) } else { Clause::any(sides) };
    Some(Clause::all(between.into_iter().chain([sides])))
}
