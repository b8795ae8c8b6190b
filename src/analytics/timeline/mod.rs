//! Everything dated, of an authority or of the whole registry, in the order of time.

pub mod entry;
pub mod queries;
