//! Records as CSV, NDJSON, GeoJSON, iCalendar, JSON-LD and Atom. A renderer writes one record after the
//! other, and the same bytes for the same records.
//!
//! Never here: a database, HTTP.

pub mod atom;
pub mod calendar;
mod column_headings;
pub mod columns;
pub mod csv_records;
pub mod csv_writer;
pub mod geojson;
mod great_circle;
pub mod icalendar;
pub mod json_ld;
pub mod ndjson;
pub mod renderer;
pub mod table;
pub mod values;
