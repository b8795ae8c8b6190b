//! English labels of EDTF dates: "1 March 2016", "28–29 February 2016", "since autumn 2026".

use super::date_span::{DatePrecision, DateRemark, DateSpan, SharedComponents, SingleDate, push_number};

/// Returns the label.
pub(super) fn label(span: &DateSpan) -> String {
    let mut out = String::with_capacity(48);
    match *span {
        DateSpan::OneDate(one) => push_end(&mut out, "", one, ""),
        DateSpan::Between(start, end) if start == end => push_end(&mut out, "", start, ""),
        DateSpan::Between(start, end) if start.can_abbreviate_with(end) => push_range(&mut out, start, end),
        DateSpan::Between(start, end) => {
            push_end(&mut out, "from ", start, "");
            push_end(&mut out, " to ", end, "");
        }
        DateSpan::OpenEnd(start) => push_end(&mut out, "since ", start, ""),
        DateSpan::OpenStart(end) => push_end(&mut out, "until ", end, ""),
        DateSpan::UnknownEnd(start) => push_end(&mut out, "from ", start, "end unknown"),
        DateSpan::UnknownStart(end) => push_end(&mut out, "until ", end, "start unknown"),
    }
    out
}

/// Writes a date, or one end of an interval: preposition, "c." where it is approximate, date, remarks.
fn push_end(out: &mut String, preposition: &str, one: SingleDate, more: &'static str) {
    out.push_str(preposition);
    out.push_str(if one.is_circa() { "c. " } else { "" });
    push_date(out, one, SharedComponents::Nothing);
    one.push_remarks(out, more, [" (", ", ", ")"], push_remark);
}

/// Writes an interval of two dates of equal precision: "March–May 2016", "28 February – 1 March 2016".
fn push_range(out: &mut String, start: SingleDate, end: SingleDate) {
    let shared = start.shared_with(end);
    push_date(out, start, shared);
    // Both ends have the same number of words: a dash between single words has no spaces.
    out.push_str(if out.contains(' ') { " – " } else { "–" });
    push_end(out, "", end, "");
}

/// Writes a date without the components that the other end shares.
fn push_date(out: &mut String, one: SingleDate, shared: SharedComponents) {
    match one.precision {
        DatePrecision::Years(_) => out.push_str("between"),
        DatePrecision::Decade | DatePrecision::Year => {}
        DatePrecision::Season(season) => out.push_str(season_name(season)),
        DatePrecision::Month(month) => out.push_str(month_name(month)),
        DatePrecision::Day(month, day) => {
            push_number(out, day);
            if shared != SharedComponents::Month {
                out.push(' ');
                out.push_str(month_name(month));
            }
        }
    }
    let Some(year) = one.year.filter(|_| shared == SharedComponents::Nothing) else { return };
    out.push_str(if matches!(one.precision, DatePrecision::Year | DatePrecision::Decade) { "" } else { " " });
    push_number(out, year);
    match one.precision {
        DatePrecision::Decade => out.push('s'),
        DatePrecision::Season(24) => {
            out.push('–');
            push_number(out, year + 1);
        }
        DatePrecision::Years(last) => {
            out.push_str(" and ");
            push_number(out, last);
        }
        _ => {}
    }
}

fn push_remark(out: &mut String, remark: DateRemark) {
    let (parts, words) = match remark {
        DateRemark::Words(words) => return out.push_str(words),
        DateRemark::Uncertain => return out.push_str("uncertain"),
        DateRemark::Approximate => return out.push_str("approximate"),
        DateRemark::Unspecified(parts) => (parts, " unspecified"),
        DateRemark::UncertainParts(parts) => (parts, " uncertain"),
        DateRemark::ApproximateParts(parts) => (parts, " approximate"),
    };
    parts.push_names(out, " and ", ["year", "month", "season", "day"]);
    out.push_str(words);
}

fn season_name(season: u8) -> &'static str {
    match season {
        21 => "spring",
        22 => "summer",
        23 => "autumn",
        _ => "winter",
    }
}

fn month_name(month: u8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}
