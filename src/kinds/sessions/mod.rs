//! Sessions: the points of the programme of an edition of the Rencontres.

mod definition;
pub(super) mod model;
mod rules;
