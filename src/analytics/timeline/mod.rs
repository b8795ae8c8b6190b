//! Timeline: all dates of records, of one authority or of the whole registry, in chronological order.

pub mod entry;
pub mod queries;
