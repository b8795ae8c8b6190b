//! The fourteen kinds of record: members, rules, filters, columns and format hints of each, one folder per
//! kind.
//!
//! The files beside the folders are what kinds share. Nothing here knows `records` or HTTP: what is done with
//! a record of any kind is in `records`.

pub mod all;
pub mod authorities;
pub mod content_verifier;
pub mod definition;
pub mod events;
pub mod filter_sql;
pub mod filters;
pub mod format_hints;
pub mod frameworks;
pub mod good_practices;
pub mod memoranda;
pub mod organisations;
pub mod partner_requests;
pub mod partnerships;
pub mod people;
pub mod publications;
pub mod rencontres;
pub mod sessions;
pub mod sources;
pub mod stored_content;
pub mod validation;
pub mod validity;
pub mod visits;
