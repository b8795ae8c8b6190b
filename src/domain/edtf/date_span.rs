//! A parsed EDTF date or interval, in the terms that its labels need: which components are given,
//! unspecified, uncertain or approximate.

use super::error::EdtfError;
use edtf_core::{DateField, Qualifier, YearKind};

/// A date or an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateSpan {
    /// A single date.
    OneDate(SingleDate),
    /// An interval of two dates.
    Between(SingleDate, SingleDate),
    /// An interval with an open end: `2016/..`.
    OpenEnd(SingleDate),
    /// An interval with an open beginning: `../2018`.
    OpenStart(SingleDate),
    /// An interval with an unknown end: `2016/`.
    UnknownEnd(SingleDate),
    /// An interval with an unknown beginning: `/2018`.
    UnknownStart(SingleDate),
}

/// The finest component of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatePrecision {
    /// A century, or its first decade: the years from the date's own to this one.
    Years(u16),
    /// The decade that starts with the date's year.
    Decade,
    /// The year.
    Year,
    /// A season, 21 to 24.
    Season(u8),
    /// A month, 1 to 12.
    Month(u8),
    /// A month and a day.
    Day(u8, u8),
}

/// A subset of a date's components: year, month, season (instead of a month), day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DateComponents([bool; 4]);

/// A remark in brackets after a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateRemark {
    /// These components are unspecified (`X`).
    Unspecified(DateComponents),
    /// The whole date is uncertain (`?`).
    Uncertain,
    /// The whole date is approximate (`~`), where "circa" cannot express it.
    Approximate,
    /// These components are uncertain.
    UncertainParts(DateComponents),
    /// These components are approximate.
    ApproximateParts(DateComponents),
    /// Any other remark.
    Words(&'static str),
}

/// A single date of any precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SingleDate {
    /// The year, or the first possible one; `None` where it is unspecified.
    pub(super) year: Option<u16>,
    /// The finest component.
    pub(super) precision: DatePrecision,
    given: DateComponents,
    unspecified: DateComponents,
    uncertain: DateComponents,
    approximate: DateComponents,
}

impl DateComponents {
    /// Whether it has no component.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Returns the names of these components, out of those of all four.
    pub(super) fn select(self, names: [&'static str; 4]) -> impl Iterator<Item = &'static str> {
        self.0.into_iter().zip(names).filter_map(|(here, name)| here.then_some(name))
    }

    /// Writes the names of these components, separated by `between`.
    pub(super) fn push_names(self, out: &mut String, between: &str, names: [&'static str; 4]) {
        for (place, name) in self.select(names).enumerate() {
            out.push_str(if place == 0 { "" } else { between });
            out.push_str(name);
        }
    }
}

impl SingleDate {
    /// Converts a date of `edtf-core`.
    ///
    /// # Errors
    /// Where the registry does not accept it, although it is EDTF.
    pub(super) fn read(date: &edtf_core::Date, in_interval: bool) -> Result<Self, EdtfError> {
        let month = date.month.and_then(DateField::value);
        if month.is_some_and(|month| month > 24) {
            return Err(EdtfError::SubYearGrouping);
        }
        let digits = match date.year.kind {
            YearKind::Standard { negative: false, digits } => digits,
            YearKind::Standard { .. } | YearKind::Big { .. } => return Err(EdtfError::YearOutOfRange),
            YearKind::Exponential { .. } => return Err(EdtfError::UnsupportedLevel),
        };
        let [absent_month, absent_day] =
            [date.month, date.day].map(|field| field.is_some_and(DateField::has_unspecified));
        // Level 1 masks a month or day wholly, and nothing above a component that is given.
        let whole = |field: Option<DateField>| {
            field.is_none_or(|field| matches!(field.digits, [Some(_), Some(_)] | [None, None]))
        };
        let plain = !absent_month && !absent_day;
        if date.year.significant_digits.is_some()
            || !whole(date.month)
            || !whole(date.day)
            || (absent_month && date.day.is_some() && !absent_day)
            || (in_interval && !plain)
        {
            return Err(EdtfError::UnsupportedLevel);
        }
        let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(*digit));
        let (year, mut precision) = match digits {
            [Some(a), Some(b), Some(c), Some(d)] => (Some(number(&[a, b, c, d])), DatePrecision::Year),
            [None, None, None, None] if date.month.is_some() && plain => (None, DatePrecision::Year),
            [Some(a), Some(b), None, None] if date.month.is_none() && !in_interval => {
                let first = number(&[a, b, 0, 0]);
                (Some(first), DatePrecision::Years(first + 99))
            }
            [Some(a), Some(b), Some(c), None] if date.month.is_none() && !in_interval => {
                let first = number(&[a, b, c, 0]);
                // "The 1900s" may mean a century, so the label of a century's first decade gives its years.
                (Some(first), if c == 0 { DatePrecision::Years(first + 9) } else { DatePrecision::Decade })
            }
            _ => return Err(EdtfError::UnsupportedLevel),
        };
        if year == Some(0) {
            return Err(EdtfError::YearOutOfRange);
        }
        precision = match (month, date.day.and_then(DateField::value)) {
            (Some(month), Some(day)) => DatePrecision::Day(month, day),
            (Some(season @ 21..), None) => DatePrecision::Season(season),
            (Some(month), None) => DatePrecision::Month(month),
            (None, _) => precision,
        };
        let season = matches!(precision, DatePrecision::Season(_));
        let parts = |year, month, day| DateComponents([year, month && !season, month && season, day]);
        let marked = |mark: fn(Qualifier) -> bool| {
            let field = |field: Option<DateField>| field.is_some_and(|field| mark(field.qualifier));
            parts(mark(date.year.qualifier), field(date.month), field(date.day))
        };
        Ok(Self {
            year,
            precision,
            given: parts(true, date.month.is_some(), date.day.is_some()),
            unspecified: parts(year.is_none(), absent_month, absent_day),
            uncertain: marked(|qualifier| qualifier.uncertain),
            approximate: marked(|qualifier| qualifier.approximate),
        })
    }

    /// Whether the year and at least the month are known.
    pub(super) fn is_month_or_finer(self) -> bool {
        self.year.is_some() && matches!(self.precision, DatePrecision::Month(_) | DatePrecision::Day(..))
    }

    /// Whether the whole date is approximate and its label says "circa".
    pub(super) fn is_circa(self) -> bool {
        self.approximate == self.given && !matches!(self.precision, DatePrecision::Years(_))
    }

    /// Returns the remarks after the date.
    fn remarks(self) -> impl Iterator<Item = DateRemark> {
        let some = |parts: DateComponents, remark: fn(DateComponents) -> DateRemark| {
            (!parts.is_empty()).then(|| remark(parts))
        };
        let uncertain = match self.uncertain {
            whole if whole == self.given => Some(DateRemark::Uncertain),
            parts => some(parts, DateRemark::UncertainParts),
        };
        let approximate = match self.approximate {
            _ if self.is_circa() => None,
            whole if whole == self.given => Some(DateRemark::Approximate),
            parts => some(parts, DateRemark::ApproximateParts),
        };
        [some(self.unspecified, DateRemark::Unspecified), uncertain, approximate].into_iter().flatten()
    }

    /// Writes the remarks after the date, then one more, in brackets.
    pub(super) fn push_remarks(
        self,
        out: &mut String,
        more: &'static str,
        [open, between, close]: [&str; 3],
        write: fn(&mut String, DateRemark),
    ) {
        let more = (!more.is_empty()).then_some(DateRemark::Words(more));
        let mut before = open;
        for remark in self.remarks().chain(more) {
            out.push_str(before);
            write(out, remark);
            before = between;
        }
        if before == between {
            out.push_str(close);
        }
    }

    /// Whether an interval to `other` is written with a dash and one set of remarks: both dates have the same
    /// precision and remarks, and neither is approximate.
    pub(super) fn can_abbreviate_with(self, other: Self) -> bool {
        std::mem::discriminant(&self.precision) == std::mem::discriminant(&other.precision)
            && self.year.is_some() == other.year.is_some()
            && !self.is_circa()
            && !other.is_circa()
            && [self.unspecified, self.uncertain, self.approximate]
                == [other.unspecified, other.uncertain, other.approximate]
    }

    /// Returns the components of an interval that are written once: the year, and the month where both dates
    /// are days of it. A winter, which spans two years, shares none.
    pub(super) fn shared_with(self, other: Self) -> SharedComponents {
        let winter = [self, other]
            .iter()
            .any(|date| date.precision == DatePrecision::Season(24) && date.year.is_some());
        match (self.precision, other.precision) {
            _ if self.year != other.year || winter => SharedComponents::Nothing,
            (DatePrecision::Day(month, _), DatePrecision::Day(same, _)) if month == same => {
                SharedComponents::Month
            }
            _ => SharedComponents::Year,
        }
    }
}

/// The components that both dates of an interval share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SharedComponents {
    /// None.
    Nothing,
    /// The year.
    Year,
    /// The year and the month.
    Month,
}

/// Writes a number in decimal.
pub(super) fn push_number(out: &mut String, number: impl Into<u32>) {
    let number = number.into();
    if number > 9 {
        push_number(out, number / 10);
    }
    out.extend(char::from_digit(number % 10, 10));
}
