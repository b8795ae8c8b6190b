//! The vocabularies as endpoints: what each code means, in three languages.

pub mod handlers;
