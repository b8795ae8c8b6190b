//! Frameworks: texts of the two States that the cooperation of authorities rests on, with their objectives.

mod model;
mod rules;
mod store;

pub use model::{Framework, FrameworkMeasure, Objective};
