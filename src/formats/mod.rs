//! Other forms of the same answers, for the tools that read them. Each renderer writes one record after the other, knows
//! no database and no HTTP, and makes the same bytes of the same records.

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
