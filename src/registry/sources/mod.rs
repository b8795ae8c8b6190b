//! Documents: what the registry knows it knows from them, through the citations of every record.

mod model;
mod store;

pub use model::Source;
