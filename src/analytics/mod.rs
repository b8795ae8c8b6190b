//! Read-only answers computed over the whole registry, a folder per question: `queries.rs` holds the SQL, the
//! other files the method.
//!
//! HTTP, CSV tables and OpenAPI are in the folders of the same names in `api/`, never here.

pub mod anniversaries;
pub mod citations;
pub mod commitments;
pub mod coverage;
pub mod datasets;
pub mod dated_members;
pub mod references;
pub mod statistics;
pub mod suggestions;
pub mod timeline;
