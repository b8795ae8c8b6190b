//! What the registry holds: the kinds, what each says of itself, and the engine that serves them all alike.

mod all;
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
