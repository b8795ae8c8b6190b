//! Three-valued test whether a period with partial dates includes a day: yes, no or possibly.

use super::body_field::{BodyField, BodyPath};
use super::edtf::parse;
use super::errors::fault_list::FaultList;
use super::partial_date::PartialDate;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

/// Whether something held on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    /// Certainly not.
    No,
    /// The dates leave it open.
    Possible,
    /// Certainly.
    Yes,
}

/// The first and last possible day of a date; `None` where it is unbounded or unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateBounds {
    /// The first possible day.
    pub earliest: Option<Date>,
    /// The last possible day.
    pub latest: Option<Date>,
}

impl DateBounds {
    /// Returns the bounds of a date; none of no date.
    #[must_use]
    pub fn of_date(date: Option<&PartialDate>) -> Self {
        let date = date.map(PartialDate::edtf);
        Self { earliest: date.and_then(parse::Edtf::earliest), latest: date.and_then(parse::Edtf::latest) }
    }

    /// Returns the bounds of a single day.
    #[must_use]
    pub fn of_day(day: Date) -> Self {
        Self { earliest: Some(day), latest: Some(day) }
    }
}

/// Returns whether a period held on `day`.
///
/// The period lasts from `since` to `until`, both included, and certainly held at `known`: the date at which
/// a source attests it or, if it is said to go on, today. A missing `until` is an unknown end, not an open
/// one: only `known` makes any later day certain.
#[must_use]
pub fn holds_on(since: DateBounds, until: DateBounds, known: DateBounds, day: Date) -> Holds {
    let before = since.earliest.is_some_and(|first| first > day);
    let after = until.latest.is_some_and(|last| last < day);
    if before || after {
        return Holds::No;
    }
    let is_reached = |bound: Option<Date>| bound.is_some_and(|bound| bound <= day);
    let is_not_past = |bound: Option<Date>| bound.is_some_and(|bound| bound >= day);
    let has_begun = is_reached(since.latest) || is_reached(known.latest);
    let has_not_ended = is_not_past(until.earliest) || is_not_past(known.earliest);
    if has_begun && has_not_ended { Holds::Yes } else { Holds::Possible }
}

/// Placeholder for the read-only member `holds` of responses to `valid_on`; any value in a body is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HoldsField;

impl HoldsField {
    /// Always true: the member is never stored.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        true
    }
}

impl BodyField for HoldsField {
    fn read(_value: Option<Value>, _at: &BodyPath<'_>, _faults: &mut FaultList) -> Option<Self> {
        Some(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(edtf: &str) -> DateBounds {
        DateBounds::of_date(PartialDate::parse(edtf).as_ref())
    }

    #[test]
    fn certain_only_between_days_that_are_known() {
        let none = DateBounds::default();
        for (since, until, known, day, expected) in [
            ("1958", "", "2026-11-24", "2015-06-01", Holds::Yes),
            ("1958", "", "", "2015-06-01", Holds::Possible),
            ("1958", "", "2026-11-24", "1958-06-01", Holds::Possible),
            ("1958", "", "2026-11-24", "1957-12-31", Holds::No),
            ("2011-11-02", "2018", "", "2015-06-01", Holds::Yes),
            ("2011-11-02", "2018", "", "2018-06-01", Holds::Possible),
            ("2011-11-02", "2018", "", "2018-12-31", Holds::Possible),
            ("2011-11-02", "2018", "", "2019-01-01", Holds::No),
            ("", "", "2022-05-19", "2022-05-19", Holds::Yes),
            ("", "", "2022-05", "2022-05-19", Holds::Possible),
            ("", "2018", "", "2015-06-01", Holds::Possible),
        ] {
            let read = |edtf: &str| if edtf.is_empty() { none } else { bounds(edtf) };
            let day: Date = day.parse().unwrap();
            let held = holds_on(read(since), read(until), read(known), day);
            assert_eq!(held, expected, "{since} {until} {known} {day}");
        }
    }
}
