//! Great-circle lines between two points in steps, cut at the antimeridian (RFC 7946 section 3.1.9), and
//! their bounding box.

/// Longitude and latitude in degrees.
pub(super) type LonLat = [f64; 2];

/// The mean radius of the Earth, in kilometres (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The maximum length of a step, in kilometres.
pub(super) const MAX_STEP_KM: f64 = 200.0;

type UnitVector = [f64; 3];

fn unit_vector([lon, lat]: LonLat) -> UnitVector {
    let (lon, lat) = (lon.to_radians(), lat.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

/// Rounds to six decimals, about a tenth of a metre.
fn round_degrees(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn to_lon_lat([x, y, z]: UnitVector) -> LonLat {
    [round_degrees(y.atan2(x).to_degrees()), round_degrees(z.atan2(x.hypot(y)).to_degrees())]
}

fn combine(a: UnitVector, b: UnitVector, [u, v]: [f64; 2]) -> UnitVector {
    let [[ax, ay, az], [bx, by, bz]] = [a, b];
    [ax.mul_add(u, bx * v), ay.mul_add(u, by * v), az.mul_add(u, bz * v)]
}

/// Returns the angle between two vectors, precise for small angles too.
fn angle_between(a: UnitVector, b: UnitVector) -> f64 {
    let [[ax, ay, az], [bx, by, bz]] = [a, b];
    let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let sine = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    sine.atan2(ax * bx + ay * by + az * bz)
}

/// Returns the great circle between two points: one line, or more where it crosses the antimeridian; none
/// between a point and itself.
pub(super) fn great_circle_lines(from: LonLat, to: LonLat) -> Vec<Vec<LonLat>> {
    let (a, b) = (unit_vector(from), unit_vector(to));
    let angle = angle_between(a, b);
    if angle < 1e-9 {
        return vec![];
    }
    let steps = (angle * EARTH_RADIUS_KM / MAX_STEP_KM).ceil().max(1.0);
    let point = |step: f64| {
        let part = step / steps;
        combine(a, b, [((1.0 - part) * angle).sin(), (part * angle).sin()])
    };
    let mut lines = vec![vec![from]];
    let (mut step, mut before, mut last) = (1.0, a, from);
    while step <= steps {
        let vector = if step < steps { point(step) } else { b };
        let here = if step < steps { to_lon_lat(vector) } else { to };
        if (here[0] - last[0]).abs() > 180.0 {
            let side = if last[0] > 0.0 { 180.0 } else { -180.0 };
            let crossing = antimeridian_latitude(before, vector);
            lines.last_mut().into_iter().for_each(|line| line.push([side, crossing]));
            lines.push(vec![[-side, crossing]]);
        }
        lines.last_mut().into_iter().for_each(|line| line.push(here));
        (before, last, step) = (vector, here, step + 1.0);
    }
    for line in &mut lines {
        line.dedup();
    }
    lines.retain(|line| line.len() > 1);
    lines
}

/// Returns the latitude at which a step crosses the antimeridian.
fn antimeridian_latitude(a: UnitVector, b: UnitVector) -> f64 {
    let ([_, ay, _], [_, by, _]) = (a, b);
    let part = if (ay - by).abs() < f64::EPSILON { 0.5 } else { ay / (ay - by) };
    let [_, lat] = to_lon_lat(combine(a, b, [1.0 - part, part]));
    lat
}

/// Returns the bounding box of lines, west to east (RFC 7946 section 5): west is greater than east where it
/// crosses the antimeridian.
pub(super) fn bounding_box(lines: &[Vec<LonLat>]) -> Option<[f64; 4]> {
    let all = || lines.iter().flatten();
    let (south, north) = all().fold((f64::MAX, f64::MIN), |(s, n), [_, lat]| (s.min(*lat), n.max(*lat)));
    let crosses = all().any(|[lon, _]| *lon >= 180.0) && all().any(|[lon, _]| *lon <= -180.0);
    let opposes = |pair: &[LonLat]| matches!(pair, [[a, _], [b, _]] if a * b < 0.0);
    let bounds = |side: &dyn Fn(f64) -> bool| {
        let lons = all().map(|[lon, _]| *lon).filter(|lon| side(*lon));
        lons.fold((f64::MAX, f64::MIN), |(w, e), lon| (w.min(lon), e.max(lon)))
    };
    all().next()?;
    let (west, east) = if !crosses {
        bounds(&|_| true)
    } else if lines.iter().any(|line| line.windows(2).any(opposes)) {
        (-180.0, 180.0)
    } else {
        (bounds(&|lon| lon >= 0.0).0, bounds(&|lon| lon < 0.0).1)
    };
    Some([west, south, east, north])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn distance(a: LonLat, b: LonLat) -> f64 {
        angle_between(unit_vector(a), unit_vector(b)) * EARTH_RADIUS_KM
    }

    #[test]
    fn from_nancy_to_kanazawa_the_way_leads_over_the_north() {
        let (nancy, kanazawa) = ([6.184_9, 48.683_3], [136.656_3, 36.561_3]);
        let lines = great_circle_lines(nancy, kanazawa);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((line.first(), line.last()), (Some(&nancy), Some(&kanazawa)));
        assert!(line.iter().any(|[_, lat]| *lat > 62.0));
        assert!(line.windows(2).all(|pair| distance(pair[0], pair[1]) < MAX_STEP_KM + 0.01));
        let whole: f64 = line.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
        assert!((whole - distance(nancy, kanazawa)).abs() < 0.1, "{whole}");
        let [west, south, east, north] = bounding_box(&lines).unwrap();
        assert_eq!((west, south, east), (6.184_9, 36.561_3, 136.656_3));
        assert!(north > 62.0);
    }

    #[test]
    fn from_papeete_to_tokyo_the_line_is_cut() {
        let lines = great_circle_lines([-149.57, -17.54], [139.69, 35.68]);
        let [first, second] = lines.as_slice() else { panic!("{lines:?}") };
        let (before, after) = (first.last().unwrap(), second.first().unwrap());
        assert_eq!((before[0], after[0]), (-180.0, 180.0));
        assert!((before[1] - after[1]).abs() < 1e-9);
        let [west, _, east, _] = bounding_box(&lines).unwrap();
        assert_eq!((west, east), (139.69, -149.57));
    }

    #[test]
    fn there_is_no_line_from_a_place_to_itself() {
        assert!(great_circle_lines([2.0, 48.0], [2.0, 48.0]).is_empty());
    }

    proptest! {
        #[test]
        fn steps_are_short_and_never_cross(lon in -180.0..180.0_f64, lat in -89.0..89.0_f64, to in -180.0..180.0_f64, end in -89.0..89.0_f64) {
            for line in great_circle_lines([lon, lat], [to, end]) {
                prop_assert!(line.len() > 1);
                for pair in line.windows(2) {
                    prop_assert!((pair[0][0] - pair[1][0]).abs() <= 180.0, "{pair:?}");
                    prop_assert!(distance(pair[0], pair[1]) < MAX_STEP_KM + 0.5, "{pair:?}");
                }
            }
        }
    }
}
