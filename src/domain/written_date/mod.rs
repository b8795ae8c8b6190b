//! Dates as people write them in French, Japanese and English, and the EDTF that says the same: `15 juin 1958`,
//! `昭和33年6月15日`, `1958年頃`, `12/05/1958`. Nothing is taken from here without being asked for: a refusal names it.

pub mod interpret;
mod japanese;
mod parts;
#[cfg(test)]
mod tests;
