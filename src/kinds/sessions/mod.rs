//! Sessions: the points of the programme of an edition of the Rencontres.

mod definition;
pub mod model;
mod rules;
