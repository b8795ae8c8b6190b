//! Memoranda: signed texts of every form, from the twinning oath to the letter of intent.
//!
//! A memorandum is one text. The lasting relation that it founds or renews is a partnership.

mod definition;
pub mod model;
mod rules;
