//! Answers computed over the whole registry, read-only. A folder per question: `store.rs` asks the database,
//! `handlers.rs` speaks HTTP, `document.rs` describes it, the rest is the method.

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
