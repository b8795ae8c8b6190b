//! Writes of a record: POST, PUT, PATCH, import, merge, restore and deletion all end here, inside one transaction.
//! What they share is `prepare.rs` (checks) and `save.rs` (rows).

pub mod adoption;
mod cited_values;
pub mod create_or_replace;
pub mod delete;
mod edit_conflicts;
pub mod erase;
pub mod merge;
pub mod outcome;
pub mod patch;
pub mod precondition;
mod prepare;
mod preserve;
pub mod projections;
pub mod resolve_references;
pub mod restore;
pub mod save;
pub mod target;
pub mod three_way_merge;
pub mod unchanged;
