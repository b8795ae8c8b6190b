//! Coverage of a framework: the activities recorded under the themes of its objectives.
//!
//! An activity counts under each of its themes and their broader themes, and once under an objective.

pub mod objectives;
mod queries;
