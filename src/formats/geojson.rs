//! `GeoJSON` (RFC 7946): authorities as points, partnerships as great-circle lines, visits as routes.

use super::great_circle::{Position, around, lines};
use super::outline::Shape;
use super::values::{at, text};
use super::{Place, Places, Render, Setting};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// A collection of features, or one feature.
pub struct Features<W: Write> {
    out: W,
    setting: Setting,
    any: bool,
}

impl<W: Write> Features<W> {
    /// Begins a document.
    ///
    /// # Errors
    /// When writing fails.
    pub fn begin(mut out: W, setting: Setting) -> io::Result<Self> {
        if !setting.single {
            out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
        }
        Ok(Self { out, setting, any: false })
    }
}

impl<W: Write> Render for Features<W> {
    fn record(&mut self, record: &Map<String, Value>, places: &Places) -> io::Result<()> {
        if self.any {
            self.out.write_all(b",")?;
        }
        self.any = true;
        serde_json::to_writer(&mut self.out, &feature(record, &self.setting, places))?;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(if self.setting.single { b"\n" } else { b"]}\n" })?;
        self.out.flush()
    }
}

fn feature(record: &Map<String, Value>, setting: &Setting, places: &Places) -> Value {
    let (geometry, frame) = geometry(record, setting.outline().shape, places);
    let mut feature = Map::new();
    feature.insert("type".into(), "Feature".into());
    feature.insert("id".into(), text(record, "id").into());
    feature.extend(frame.map(|frame| ("bbox".to_owned(), json!(frame))));
    feature.insert("geometry".into(), geometry);
    feature.insert("properties".into(), properties(record, setting).into());
    feature.into()
}

/// Flat, as maps show them: labels, link, codes, numbers, dates as EDTF, identifiers by scheme.
fn properties(record: &Map<String, Value>, setting: &Setting) -> Map<String, Value> {
    let mut shown = Map::new();
    shown.insert("kind".into(), text(record, "kind").into());
    shown.insert("href".into(), setting.record(record).into());
    for (tag, label) in record.get("label").and_then(Value::as_object).into_iter().flatten() {
        shown.insert(format!("label_{tag}"), label.clone());
    }
    for identifier in at(record, "/identifiers") {
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

/// The places of the authorities at a pointer that are known, in order.
pub(super) fn located<'a>(record: &Map<String, Value>, pointer: &str, places: &'a Places) -> Vec<&'a Place> {
    let place = |reference: &Value| places.get(reference.get("id")?.as_str()?);
    at(record, pointer).into_iter().filter_map(place).collect()
}

/// The pointer to the authorities of which a shape needs the places.
#[must_use]
pub fn authorities(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::None | Shape::Own => None,
        Shape::At(pointer) | Shape::Links(pointer) | Shape::Route(pointer) => Some(pointer),
    }
}

fn geometry(record: &Map<String, Value>, shape: Shape, places: &Places) -> (Value, Option<[f64; 4]>) {
    let at = |pointer| located(record, pointer, places);
    match shape {
        Shape::None => (Value::Null, None),
        Shape::Own => {
            let number = |name: &str| record.get("location")?.get(name)?.as_f64();
            let own = number("lon").zip(number("lat")).map(|(lon, lat)| [lon, lat]);
            (points(own.as_slice()), None)
        }
        Shape::At(pointer) => {
            let all: Vec<Position> = at(pointer).iter().map(|place| place.position).collect();
            (points(&all), None)
        }
        Shape::Links(pointer) => {
            let parties = at(pointer);
            let (from, to): (Vec<&Place>, Vec<&Place>) =
                parties.into_iter().partition(|place| place.country == "FR");
            let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from.position, to.position)));
            drawn(&pairs.flat_map(|(from, to)| lines(from, to)).collect::<Vec<_>>())
        }
        Shape::Route(pointer) => {
            let mut stops: Vec<Position> = at(pointer).iter().map(|place| place.position).collect();
            stops.dedup();
            if stops.len() < 2 {
                return (points(&stops), None);
            }
            let next = stops.iter().skip(1);
            drawn(&joined(stops.iter().zip(next).flat_map(|(from, to)| lines(*from, *to))))
        }
    }
}

/// Lines of which each begins where the one before ends, as one.
fn joined(lines: impl Iterator<Item = Vec<Position>>) -> Vec<Vec<Position>> {
    let mut whole: Vec<Vec<Position>> = Vec::new();
    for line in lines {
        match whole.last_mut().filter(|before| before.last() == line.first()) {
            Some(before) => before.extend(line.into_iter().skip(1)),
            None => whole.push(line),
        }
    }
    whole
}

fn points(positions: &[Position]) -> Value {
    match positions {
        [] => Value::Null,
        [one] => json!({"type": "Point", "coordinates": one}),
        _ => json!({"type": "MultiPoint", "coordinates": positions}),
    }
}

fn drawn(lines: &[Vec<Position>]) -> (Value, Option<[f64; 4]>) {
    let geometry = match lines {
        [] => Value::Null,
        [one] => json!({"type": "LineString", "coordinates": one}),
        _ => json!({"type": "MultiLineString", "coordinates": lines}),
    };
    (geometry, around(lines))
}
