//! Frameworks: texts of the two States on which the cooperation of their authorities is based, with their
//! objectives.

mod definition;
pub mod model;
mod rules;
