//! Visits: journeys of a delegation from one country to the other, with its hosts.

mod definition;
pub mod model;
mod rules;
