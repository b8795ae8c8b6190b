//! Commitments in the declarations of editions, and the texts signed afterwards on the same themes.
//!
//! A commitment has the themes that its text names: by a theme's label or one of its stems, folded, at the
//! beginning of a word. If it names none, it has the themes of its edition and the sessions of that edition.

pub mod commitment;
pub mod queries;
