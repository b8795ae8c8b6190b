//! Sources: documents that the citations of records of every kind refer to.

mod definition;
pub(super) mod model;
