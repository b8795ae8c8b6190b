//! Publications: dossiers, directories, guides and reports on the cooperation, one record per edition.
//!
//! A document that records cite is a source, whether or not there is a publication of the same name.

mod definition;
pub mod model;
