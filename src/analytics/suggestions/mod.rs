//! Partners worth approaching: the authorities of the other country that have most in common with one, and why.
//!
//! A criterion has a weight and the most units of it that count; a candidate's score is the sum of weight times units.
//! A further criterion (mountains, an industry) is a line of `criteria!`, and a branch of the query in `store.rs` or a case
//! in `weigh`. What is changed here in a way that changes scores is a new [`VERSION`].

pub mod criteria;
pub mod queries;
pub mod scoring;
mod wording;
