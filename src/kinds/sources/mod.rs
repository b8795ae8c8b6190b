//! Documents: what the registry knows it knows from them, through the citations of every record.

mod definition;
pub(super) mod model;
