//! Publications: dossiers, directories, guides and reports on the cooperation, edition by edition.
//!
//! What a record cites is a source; a publication is there for its own sake, whether or not it was read.

mod definition;
pub(super) mod model;
