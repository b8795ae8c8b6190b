//! The fourteen kinds of record: members, rules, filters, columns and format hints of each, one folder per
//! kind.
//!
//! The files beside the folders are what kinds share. Nothing here knows `records` or HTTP: what is done with
//! a record of any kind is in `records`.

pub mod all;
pub mod authorities;
pub mod content_verifier;
pub mod definition;
mod events;
pub mod filter_sql;
pub mod filters;
pub mod format_hints;
mod frameworks;
mod good_practices;
mod memoranda;
mod organisations;
mod partner_requests;
mod partnerships;
mod people;
mod publications;
mod rencontres;
mod sessions;
mod sources;
pub mod stored_content;
pub mod validation;
pub mod validity;
mod visits;
