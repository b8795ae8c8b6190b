//! Visits: journeys of a delegation from one country to the other, with those who receive it.

mod definition;
pub(super) mod model;
mod rules;
