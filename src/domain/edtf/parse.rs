//! EDTF (ISO 8601-2) parsing, with the first and last possible day.

use super::date_span::{DateSpan, SingleDate};
use super::error::EdtfError;
use super::{english, french, japanese};
use edtf_core::{Bound, BoundDate, IntervalEndpoint};
use jiff::civil::Date;

/// A partial date: its text, its components, and its first and last possible day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edtf {
    text: String,
    span: DateSpan,
    earliest: Option<Date>,
    latest: Option<Date>,
}

impl Edtf {
    /// Parses a partial date; white space is not trimmed.
    ///
    /// # Errors
    /// An `EdtfError` with the reason.
    pub fn parse(text: &str) -> Result<Self, EdtfError> {
        if let Some(("" | "..", "" | "..")) = text.split_once('/') {
            return Err(EdtfError::OpenBothEnds);
        }
        let value = edtf_core::Edtf::parse(text).map_err(|error| classify_error(text, error.message))?;
        let (span, bounded) = match &value {
            edtf_core::Edtf::Date(date) => {
                let single = SingleDate::read(date, false)?;
                (DateSpan::OneDate(single), [single.year.is_some(); 2])
            }
            edtf_core::Edtf::DateTime(_) => return Err(EdtfError::TimeOfDay),
            edtf_core::Edtf::Set(_) => return Err(EdtfError::UnsupportedLevel),
            edtf_core::Edtf::Interval(interval) => read_interval(&interval.start, &interval.end)?,
        };
        let bounds = value.bounds();
        let [from, to] = bounded;
        Ok(Self {
            text: text.to_owned(),
            span,
            earliest: if from { bound_to_day(bounds.earliest)? } else { None },
            latest: if to { bound_to_day(bounds.latest)? } else { None },
        })
    }

    /// Returns the text as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the first possible day; `None` for an interval without a beginning (`../2018`, `/2018`) and a
    /// date without a year.
    #[must_use]
    pub fn earliest(&self) -> Option<Date> {
        self.earliest
    }

    /// Returns the last possible day; `None` for an interval without an end (`2016/..`, `2016/`) and a date
    /// without a year.
    #[must_use]
    pub fn latest(&self) -> Option<Date> {
        self.latest
    }

    /// Returns the labels in French, Japanese and English.
    #[must_use]
    pub fn label(&self) -> [String; 3] {
        [french::label(&self.span), japanese::label(&self.span), english::label(&self.span)]
    }

    /// Whether year and month are known, of both dates of an interval. True without the day (`2016-02-XX`),
    /// false without the year (`XXXX-05-19`) or the month (`2016-XX`).
    #[must_use]
    pub fn is_day_or_month_precise(&self) -> bool {
        match self.span {
            DateSpan::OneDate(single) => single.is_month_or_finer(),
            DateSpan::Between(start, end) => start.is_month_or_finer() && end.is_month_or_finer(),
            DateSpan::OpenEnd(_)
            | DateSpan::OpenStart(_)
            | DateSpan::UnknownEnd(_)
            | DateSpan::UnknownStart(_) => false,
        }
    }

    /// Whether every possible day is before every possible day of `other`; false where a bound is missing.
    #[must_use]
    pub fn is_definitely_before(&self, other: &Self) -> bool {
        matches!((self.latest, other.earliest), (Some(latest), Some(earliest)) if latest < earliest)
    }
}

/// Returns the span of an interval, and whether each end has a year and thus a bound.
fn read_interval(
    start: &IntervalEndpoint,
    end: &IntervalEndpoint,
) -> Result<(DateSpan, [bool; 2]), EdtfError> {
    use IntervalEndpoint::{Date, Open, Unknown};
    let read = |date| SingleDate::read(date, true);
    let span = match (start, end) {
        (Date(start), Date(end)) => DateSpan::Between(read(start)?, read(end)?),
        (Date(start), Open) => DateSpan::OpenEnd(read(start)?),
        (Date(start), Unknown) => DateSpan::UnknownEnd(read(start)?),
        (Open, Date(end)) => DateSpan::OpenStart(read(end)?),
        (Unknown, Date(end)) => DateSpan::UnknownStart(read(end)?),
        (Open | Unknown, Open | Unknown) => return Err(EdtfError::OpenBothEnds),
        _ => return Err(EdtfError::UnsupportedLevel),
    };
    let bounded = match span {
        DateSpan::OneDate(one) => [one.year.is_some(); 2],
        DateSpan::Between(start, end) => [start.year.is_some(), end.year.is_some()],
        DateSpan::OpenEnd(start) | DateSpan::UnknownEnd(start) => [start.year.is_some(), false],
        DateSpan::OpenStart(end) | DateSpan::UnknownStart(end) => [false, end.year.is_some()],
    };
    Ok((span, bounded))
}

/// Maps a parse error of `edtf-core`, which distinguishes its reasons by their messages only.
fn classify_error(text: &str, message: &str) -> EdtfError {
    let timed =
        text.as_bytes().windows(2).any(|pair| matches!(pair, [digit, b'T'] if digit.is_ascii_digit()));
    match message {
        _ if timed => EdtfError::TimeOfDay,
        "day is out of range for the month"
        | "month must be 01-12 or a sub-year code 21-41"
        | "month must be 01-12"
        | "no calendar month matches the unspecified digits" => EdtfError::ImpossibleDate,
        "interval end precedes interval start" => EdtfError::Reversed,
        _ => EdtfError::Syntax,
    }
}

/// Converts a bound to a day; `None` where it is infinite or unknown.
fn bound_to_day(bound: Bound) -> Result<Option<Date>, EdtfError> {
    let Bound::Date(BoundDate { year, month, day }) = bound else { return Ok(None) };
    let small = |part: u8| i8::try_from(part).ok();
    let (Some(year), Some(month), Some(day)) = (i16::try_from(year).ok(), small(month), small(day)) else {
        return Err(EdtfError::YearOutOfRange);
    };
    Date::new(year, month, day).map(Some).map_err(|_| EdtfError::YearOutOfRange)
}
