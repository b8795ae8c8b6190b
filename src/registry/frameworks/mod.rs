//! Frameworks: texts of the two States that the cooperation of authorities rests on, with their objectives.
//!
//! `GET /v1/frameworks/{id}/coverage` tells what has been done under each objective.

mod coverage;
pub mod document;
pub mod handlers;
mod model;
mod rules;
mod store;

pub use model::{Framework, FrameworkMeasure, Objective};
