//! Great-circle distances between coordinates (WGS 84), by unit vectors.

/// Mean radius of the Earth in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// Converts latitude and longitude in degrees to a unit vector.
pub(crate) fn unit_vector(lat: f64, lon: f64) -> [f64; 3] {
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// Whether latitude (−90 to 90) and longitude (−180 to 180) are in range.
#[must_use]
pub fn is_valid_position(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

/// Reads a circle from `[latitude, longitude, kilometres]`: its centre as a unit vector, and the least dot
/// product with it of a point inside. `None` where a number is out of range.
pub(crate) fn parse_circle(numbers: &[f64]) -> Option<([f64; 3], f64)> {
    let [lat, lon, km] = *numbers else { return None };
    if !is_valid_position(lat, lon) || !(0.0..=20_100.0).contains(&km) {
        return None;
    }
    Some((unit_vector(lat, lon), (km / EARTH_RADIUS_KM).min(std::f64::consts::PI).cos()))
}
