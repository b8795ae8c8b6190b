//! Round anniversaries: what began so many years before a year.

pub mod anniversary;
pub mod queries;
