//! Visits: journeys of a delegation from one country to the other, with those who receive it.

mod model;
mod rules;
mod store;

pub use model::{Delegate, StatedOutcome, StatedPurpose, Stop, Visit};
