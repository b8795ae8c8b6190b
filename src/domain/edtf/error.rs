//! Reasons why a text is not an accepted EDTF date.

/// Why a text is not an accepted EDTF date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdtfError {
    /// Not EDTF.
    Syntax,
    /// No calendar has this day or month: `2015-02-29`, `2016-13`.
    ImpossibleDate,
    /// A sub-year grouping 25 to 41: quarters, quadrimesters, semesters and seasons of a hemisphere.
    SubYearGrouping,
    /// EDTF of level 2 that the registry does not take: sets, exponents, other patterns of `X`.
    UnsupportedLevel,
    /// A year before 0001 or after 9999, also as a bound.
    YearOutOfRange,
    /// An interval that certainly ends before it starts.
    Reversed,
    /// An interval without a date: `../..`.
    OpenBothEnds,
    /// A time of day.
    TimeOfDay,
}

impl EdtfError {
    /// Returns the stable code of this error, in snake case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax => "date_syntax",
            Self::ImpossibleDate => "date_impossible",
            Self::SubYearGrouping => "date_quarter",
            Self::UnsupportedLevel => "date_level",
            Self::YearOutOfRange => "date_year_out_of_range",
            Self::Reversed => "date_reversed",
            Self::OpenBothEnds => "date_open_both_ends",
            Self::TimeOfDay => "date_time",
        }
    }
}

impl std::fmt::Display for EdtfError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Syntax => "not an EDTF date; write for example 2016, 2016-03, 2016-03-01, 2016-23 or 2016-03/2016-05",
            Self::ImpossibleDate => "no calendar has this date",
            Self::SubYearGrouping => "of the sub-year groupings only the seasons 21 to 24 are accepted",
            Self::UnsupportedLevel => "EDTF of level 2 is accepted only for unspecified years (XXXX-05-19) and qualified components (2022?-05-19)",
            Self::YearOutOfRange => "years go from 0001 to 9999",
            Self::Reversed => "the interval ends before it starts",
            Self::OpenBothEnds => "an interval needs a date at one end at least",
            Self::TimeOfDay => "times of day are not accepted in a partial date",
        })
    }
}

impl std::error::Error for EdtfError {}
