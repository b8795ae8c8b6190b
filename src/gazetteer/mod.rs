//! The gazetteer: every local authority of France and Japan, compiled in from `data/gazetteer/`. It resolves
//! official codes, and makes the first version of an authority's record when another record refers to it.
//!
//! Unpacked on first use: rows and codes with the first look-up, names with the first search.
//!
//! Never here: the database, HTTP, the rules of a kind.

pub mod data;
pub mod identifiers;
pub mod lookup;
pub mod name_index;
pub mod official_record;
