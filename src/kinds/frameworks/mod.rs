//! Frameworks: texts of the two States that the cooperation of authorities rests on, with their objectives.

mod definition;
pub(super) mod model;
mod rules;
