//! Partner suggestions: the authorities of the other country that have most in common with a given one, with
//! reasons.
//!
//! A candidate's score is the sum over all criteria of weight × units, where the units of each criterion are
//! capped. To add a criterion, add a line to `criteria!` and either a branch to the query in `queries.rs` or
//! a case to `score_candidate`. Every change that changes scores raises
//! [`METHOD_VERSION`](criteria::METHOD_VERSION).

pub mod criteria;
pub mod queries;
pub mod scoring;
mod wording;
