//! Partnerships: the lasting relations between local authorities of the two countries, whatever they are
//! called.
//!
//! A partnership is neither the text that was signed (a memorandum) nor what one source says of it (a
//! citation).

mod definition;
pub(super) mod model;
mod queries;
mod rules;
mod validity;
