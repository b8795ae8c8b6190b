//! Visits: journeys of a delegation from one country to the other, with its hosts.

mod definition;
pub(super) mod model;
mod rules;
