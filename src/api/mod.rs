//! The endpoints: one folder or file per resource, named as its path.
//!
//! Never here: SQL text, diesel, rules of one kind of record.

pub mod anniversaries;
pub mod catalog;
pub mod changes;
pub mod citations;
pub mod collections;
pub mod commitments;
pub mod coverage;
pub mod feeds;
mod filter_params;
mod format_responses;
pub mod gazetteer;
pub mod health;
pub mod import;
pub mod index;
pub mod keys;
pub mod problems;
pub mod search;
pub mod snapshot;
pub mod state;
pub mod statistics;
pub mod suggestions;
pub mod sync_status;
pub mod tags;
pub mod timeline;
mod total_counts;
pub mod vocabularies;
pub mod webhooks;
