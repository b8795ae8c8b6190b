//! Mod.

pub mod clock;
pub mod cursor;
pub mod hash;
pub mod random;
pub mod truncate;
