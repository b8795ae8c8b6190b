//! Partial dates: the accepted part of EDTF (ISO 8601-2:2019, Annex A), with first and last day and labels.
//!
//! Accepted are levels 0 and 1 without times of day, an unspecified year before a month, season or day
//! (`XXXX-05-19`, in intervals too), and qualifiers of single components (`2022?-05-19`). Years run from 0001
//! to 9999.
//!
//! Seasons are those of northern meteorology: 21 is March to May, 22 June to August, 23 September to
//! November, 24 December of the given year to February of the next.

mod date_span;
mod english;
mod error;
mod french;
mod japanese;
pub mod parse;
#[cfg(test)]
mod tests;
