//! `GeoJSON` (RFC 7946): authorities as points, partnerships as great-circle lines, visits as routes.

use super::great_circle::{LonLat, bounding_box, great_circle_lines};
use super::renderer::{RenderContext, Renderer};
use super::values::{string_member, values_at};
use crate::kinds::authorities::locations::{AuthorityLocation, Locations};
use crate::kinds::format_hints::MapGeometry;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Writes a feature collection, or one feature.
pub struct GeoJsonRenderer<W: Write> {
    out: W,
    setting: RenderContext,
    has_features: bool,
}

impl<W: Write> GeoJsonRenderer<W> {
    /// Begins a document.
    pub fn begin(mut out: W, setting: RenderContext) -> io::Result<Self> {
        if !setting.is_single {
            out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        }
        Ok(Self { out, setting, has_features: false })
    }
}

impl<W: Write> Renderer for GeoJsonRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, places: &Locations) -> io::Result<()> {
        if self.has_features {
            self.out.write_all(b",")?;
        }
        self.has_features = true;
        serde_json::to_writer(&mut self.out, &build_feature(record, &self.setting, places))?;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(if self.setting.is_single { b"\n" } else { b"]}\n" })?;
        self.out.flush()
    }
}

fn build_feature(record: &Map<String, Value>, setting: &RenderContext, places: &Locations) -> Value {
    let (geometry, frame) = build_geometry(record, setting.format_hints().map_geometry, places);
    let mut feature = Map::new();
    feature.insert("type".into(), "Feature".into());
    feature.insert("id".into(), string_member(record, "id").into());
    feature.extend(frame.map(|frame| ("bbox".to_owned(), json!(frame))));
    feature.insert("geometry".into(), geometry);
    feature.insert("properties".into(), build_properties(record, setting).into());
    feature.into()
}

/// Builds flat properties for maps: labels, link, codes, numbers, dates as EDTF, identifiers by scheme.
fn build_properties(record: &Map<String, Value>, setting: &RenderContext) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("kind".into(), string_member(record, "kind").into());
    shown.insert("href".into(), setting.record_url(record).into());
    for (tag, label) in record.get("label").and_then(Value::as_object).into_iter().flatten() {
        shown.insert(format!("label_{tag}"), label.clone());
    }
    for identifier in values_at(record, "/identifiers") {
        if let (Some(scheme), Some(value)) = (identifier["scheme"].as_str(), identifier.get("value")) {
            shown.insert(scheme.to_owned(), value.clone());
        }
    }
    for (name, value) in record.iter().filter(|(name, _)| !["id", "kind", "label"].contains(&name.as_str())) {
        let is_plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
        let flat = match value {
            Value::Array(items) if !items.is_empty() && items.iter().all(is_plain) => value.clone(),
            value if is_plain(value) => value.clone(),
            value => value.get("edtf").cloned().unwrap_or_default(),
        };
        if !flat.is_null() {
            shown.insert(name.clone(), flat);
        }
    }
    shown
}

/// Returns the known locations of the authorities at a pointer, in order.
pub(super) fn locations_at<'a>(
    record: &Map<String, Value>,
    pointer: &str,
    places: &'a Locations,
) -> Vec<&'a AuthorityLocation> {
    let place = |reference: &Value| places.get(reference.get("id")?.as_str()?);
    values_at(record, pointer).into_iter().filter_map(place).collect()
}

/// Returns the pointer of the authorities whose locations a geometry needs.
#[must_use]
pub fn authority_pointer(shape: MapGeometry) -> Option<&'static str> {
    match shape {
        MapGeometry::None | MapGeometry::OwnPoint => None,
        MapGeometry::AuthorityPoints(pointer)
        | MapGeometry::PartnerLines(pointer)
        | MapGeometry::Route(pointer) => Some(pointer),
    }
}

fn build_geometry(
    record: &Map<String, Value>,
    shape: MapGeometry,
    places: &Locations,
) -> (Value, Option<[f64; 4]>) {
    let at = |pointer| locations_at(record, pointer, places);
    match shape {
        MapGeometry::None => (Value::Null, None),
        MapGeometry::OwnPoint => {
            let number = |name: &str| record.get("location")?.get(name)?.as_f64();
            let own = number("lon").zip(number("lat")).map(|(lon, lat)| [lon, lat]);
            (point_geometry(own.as_slice()), None)
        }
        MapGeometry::AuthorityPoints(pointer) => {
            let all: Vec<LonLat> = at(pointer).iter().map(|place| place.position).collect();
            (point_geometry(&all), None)
        }
        MapGeometry::PartnerLines(pointer) => {
            let parties = at(pointer);
            let (from, to): (Vec<&AuthorityLocation>, Vec<&AuthorityLocation>) =
                parties.into_iter().partition(|place| place.country == "FR");
            let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.position, to.position)));
            line_geometry(&pairs.flat_map(|(from, to)| great_circle_lines(from, to)).collect::<Vec<_>>())
        }
        MapGeometry::Route(pointer) => {
            let mut stops: Vec<LonLat> = at(pointer).iter().map(|place| place.position).collect();
            stops.dedup();
            if stops.len() < 2 {
                return (point_geometry(&stops), None);
            }
            let next = stops.iter().skip(1);
            line_geometry(&join_lines(
                stops.iter().zip(next).flat_map(|(from, to)| great_circle_lines(*from, *to)),
            ))
        }
    }
}

/// Joins lines that each begin where the one before ends.
fn join_lines(lines: impl Iterator<Item = Vec<LonLat>>) -> Vec<Vec<LonLat>> {
    let mut whole: Vec<Vec<LonLat>> = Vec::new();
    for line in lines {
        match whole.last_mut().filter(|before| before.last() == line.first()) {
            Some(before) => before.extend(line.into_iter().skip(1)),
            None => whole.push(line),
        }
    }
    whole
}

fn point_geometry(positions: &[LonLat]) -> Value {
    match positions {
        [] => Value::Null,
        [one] => json!({"type": "Point", "coordinates": one}),
        _ => json!({"type": "MultiPoint", "coordinates": positions}),
    }
}

fn line_geometry(lines: &[Vec<LonLat>]) -> (Value, Option<[f64; 4]>) {
    let geometry = match lines {
        [] => Value::Null,
        [one] => json!({"type": "LineString", "coordinates": one}),
        _ => json!({"type": "MultiLineString", "coordinates": lines}),
    };
    (geometry, bounding_box(lines))
}
