//! What has been done under the objectives of a framework: which activities are recorded under their themes.
//!
//! An activity counts under each of its themes and their broader ones, as in lists, and once under an objective.

pub mod objectives;
mod queries;
