//! SQL conditions of the geographic filters `near`, `bbox` and `coastal`.
//!
//! `table` is the alias of the table `authorities` in the query that uses the condition.

use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::geo::{is_valid_position, parse_circle};

/// Format of the parameter `near`, for error messages.
pub const NEAR_FORMAT: &str = "latitude,longitude,kilometres";

/// Format of the parameter `bbox`, for error messages.
pub const BBOX_FORMAT: &str = "west,south,east,north in degrees";

/// The largest distance between the sea and the seat of a coastal authority, in kilometres.
pub const MAX_COAST_KM: i64 = 10;

/// Returns the condition of `near=latitude,longitude,kilometres`: great-circle distance, compared by the dot
/// product of unit vectors. `None` if a number is out of range.
#[must_use]
pub fn within_distance(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
    let ([x, y, z], min_dot_product) = parse_circle(numbers)?;
    let dot_product = SqlFragment::new(format!("{table}.x * "))
        .bind(BindValue::Real(x))
        .sql(format!(" + {table}.y * "))
        .bind(BindValue::Real(y))
        .sql(format!(" + {table}.z * "))
        .bind(BindValue::Real(z));
    Some(dot_product.sql(" >= ").bind(BindValue::Real(min_dot_product)))
}

/// Returns the condition of `bbox=west,south,east,north` in degrees (RFC 7946 section 5). A box whose west is
/// greater than its east crosses the antimeridian. `None` if a number is out of range.
#[must_use]
pub fn within_bbox(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
    let [west, south, east, north] = *numbers else { return None };
    if !is_valid_position(south, west) || !is_valid_position(north, east) || south > north {
        return None;
    }
    let compare = |column: &str, bound: f64| {
        SqlFragment::new(format!("{table}.{column} ")).bind(BindValue::Real(bound))
    };
    let latitudes = [compare("lat >=", south), compare("lat <=", north)];
    let longitudes = [compare("lon >=", west), compare("lon <=", east)];
    let longitudes = if west <= east { SqlFragment::all(longitudes) } else { SqlFragment::any(longitudes) };
    Some(SqlFragment::all(latitudes.into_iter().chain([longitudes])))
}

/// Returns the condition that an authority is on the coast, or not. Neither matches if its distance is
/// unknown.
pub(super) fn is_coastal(expected: bool) -> SqlFragment {
    SqlFragment::new(if expected { "t.coast_km <= " } else { "t.coast_km > " })
        .bind(BindValue::Int(MAX_COAST_KM))
}

/// Returns a parenthesised query of the ids of the authorities on the coast, or of the others, for the
/// filters of kinds that refer to authorities.
#[must_use]
pub fn coastal_ids(expected: bool) -> SqlFragment {
    SqlFragment::new("(SELECT t.id FROM authorities t WHERE ").append(is_coastal(expected)).sql(")")
}
