//! Distances and areas, as conditions on the columns of the authorities, whatever their table is called
//! there.

use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::geo::{is_valid_position, parse_circle};

/// The form of `near`.
pub const NEAR_FORMAT: &str = "latitude,longitude,kilometres";

/// The form of `bbox`.
pub const BBOX_FORMAT: &str = "west,south,east,north in degrees";

/// How near the sea the seat of an authority on the coast is, in kilometres.
pub const MAX_COAST_KM: i64 = 10;

/// `near=lat,lon,km`: at most so far, as the crow flies.
pub fn within_distance(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
    let ([x, y, z], nearest) = parse_circle(numbers)?;
    let sum = SqlFragment::new(format!("{table}.x * "))
        .bind(BindValue::Real(x))
        .sql(format!(" + {table}.y * "))
        .bind(BindValue::Real(y))
        .sql(format!(" + {table}.z * "))
        .bind(BindValue::Real(z));
    Some(sum.sql(" >= ").bind(BindValue::Real(nearest)))
}

/// `bbox=west,south,east,north` in degrees (RFC 7946 section 5); west of more than east crosses the
/// antimeridian.
pub fn within_bbox(table: &str, numbers: &[f64]) -> Option<SqlFragment> {
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

/// On the coast, or known to be elsewhere.
pub(super) fn is_coastal(yes: bool) -> SqlFragment {
    SqlFragment::new(if yes { "t.coast_km <= " } else { "t.coast_km > " }).bind(BindValue::Int(MAX_COAST_KM))
}

/// The ids of the authorities on the coast, or of those known to be elsewhere, as a query in parentheses: for
/// the conditions of kinds that refer to authorities.
#[must_use]
pub fn coastal_ids(yes: bool) -> SqlFragment {
    SqlFragment::new("(SELECT t.id FROM authorities t WHERE ").append(is_coastal(yes)).sql(")")
}
