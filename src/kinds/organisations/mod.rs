//! Organisations: bodies that take part and are not local authorities.
//!
//! A country group (groupe-pays) and a network of cities are organisations, with their members and
//! presidencies.

mod definition;
pub mod model;
mod rules;
