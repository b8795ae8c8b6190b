//! Numbers, days and EDTF texts of parsed date components.

use jiff::civil::Date;

/// Returns a day of the calendar; `None` where there is no such day.
pub(super) fn to_date([year, month, day]: [i16; 3]) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Parses one to four ASCII digits.
pub(super) fn parse_number(text: &str) -> Option<i16> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// Formats a date as EDTF, as far as its components are given.
pub(super) fn format_edtf(year: i16, month: Option<i16>, day: Option<i16>) -> String {
    let parts = [month, day].into_iter().flatten().map(|part| format!("-{part:02}"));
    [format!("{year:04}")].into_iter().chain(parts).collect()
}
