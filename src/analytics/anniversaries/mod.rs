//! Anniversaries: events that began a round number of years before a given year.

pub mod anniversary;
pub mod queries;
