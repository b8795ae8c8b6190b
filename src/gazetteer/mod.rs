//! The gazetteer: every local authority of both countries, compiled in (`data/gazetteer/`). It names authorities that
//! the registry does not hold, and what is needed to make a record of one when it is first referred to.
//!
//! Nothing is unpacked before it is needed: the lines and codes with the first look-up, the names with the first search.

pub mod data;
pub mod identifiers;
pub mod lookup;
pub mod name_index;
pub mod official_record;
