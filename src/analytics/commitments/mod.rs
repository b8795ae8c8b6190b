//! What the declarations of the editions commit their authors to, and what was signed afterwards on the same themes.
//!
//! A commitment is about the themes that its own words name: a theme's label, or one of its other names below, folded,
//! at the beginning of a word. One that names none is taken to be about the themes of its edition and its sessions.

pub mod commitment;
pub mod queries;
