//! Sources: documents that the citations of records of every kind refer to.

mod definition;
pub mod model;
