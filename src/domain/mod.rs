//! The domain's values with their rules: texts, partial dates, identifiers, citations, vocabularies, errors,
//! and how they are read from a request body.
//!
//! Never here: SQL, HTTP, the rules of one kind of record.

pub mod body_field;
pub mod citation;
pub mod disagreement;
pub mod duration;
pub mod edtf;
pub mod errors;
pub mod folding;
pub mod geo;
pub mod identifier;
pub mod json;
pub mod json_patch;
mod kanji;
pub mod kind;
pub mod language;
pub mod merge_patch;
pub mod nearest;
pub mod origins;
pub mod partial_date;
pub mod place;
pub mod quantity;
pub mod read_values;
pub mod reference;
pub mod romanisation;
pub mod schemes;
pub mod state_code;
pub mod text;
pub mod text_encoding;
pub mod validity;
pub mod vocabularies;
pub mod written_date;
