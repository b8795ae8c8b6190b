//! Distances on the sphere.

/// The mean radius of the Earth, in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A place as a unit vector.
pub(crate) fn unit_vector(lat: f64, lon: f64) -> [f64; 3] {
    let (lat, lon) = (lat.to_radians(), lon.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

pub fn is_valid_position(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

/// `lat,lon,km`: the place as a unit vector, and the least product with those that are at most so far away.
pub(crate) fn parse_circle(numbers: &[f64]) -> Option<([f64; 3], f64)> {
    let [lat, lon, km] = *numbers else { return None };
    if !is_valid_position(lat, lon) || !(0.0..=20_100.0).contains(&km) {
        return None;
    }
    Some((unit_vector(lat, lon), (km / EARTH_RADIUS_KM).min(std::f64::consts::PI).cos()))
}
