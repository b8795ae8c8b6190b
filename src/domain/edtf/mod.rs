//! Partial dates: the part of EDTF (ISO 8601-2:2019, Annex A) that the registry accepts, with bounds and labels.
//!
//! Accepted: levels 0 and 1 without times of day, an unspecified year before a month, season or day (`XXXX-05-19`, in
//! intervals too), and qualifiers of single components (`2022?-05-19`). Years 0001 to 9999.
//!
//! A season is the northern meteorological one: 21 is 1 March to 31 May, 22 June to August, 23 September to November,
//! and 24 runs from 1 December of the year written to the end of February of the next one.

mod date_span;
mod english;
mod error;
mod french;
mod japanese;
pub mod parse;
#[cfg(test)]
mod tests;
