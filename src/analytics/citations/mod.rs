//! Citations over all records, and contradictions between sources and records.

pub mod contradictions;
pub mod queries;
