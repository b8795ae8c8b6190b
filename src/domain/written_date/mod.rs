//! Dates as people write them in French, Japanese and English (`15 juin 1958`, `昭和33年6月15日`, `1958年頃`,
//! `12/05/1958`), interpreted as EDTF.
//!
//! Used for suggestions only: a body with such a date is refused, and the error gives the EDTF to write
//! instead.

pub mod interpret;
mod japanese;
mod parts;
#[cfg(test)]
mod tests;
