//! Partnerships: lasting relations between local authorities of the two countries, whatever they are called.
//!
//! The text that was signed is a memorandum; what a source says about a partnership is a citation.

mod definition;
pub mod model;
mod queries;
mod rules;
mod validity;
