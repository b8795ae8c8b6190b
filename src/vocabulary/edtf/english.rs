//! Partial dates in English: "1 March 2016", "28–29 February 2016", "since autumn 2026".

use super::moment::{Moment, Note, Shared, Span, Unit, push_number};

/// The date in words.
pub(super) fn label(span: &Span) -> String {
    let mut out = String::with_capacity(48);
    match *span {
        Span::At(one) => side(&mut out, "", one, ""),
        Span::Between(start, end) if start == end => side(&mut out, "", start, ""),
        Span::Between(start, end) if start.pairs_with(end) => pair(&mut out, start, end),
        Span::Between(start, end) => {
            side(&mut out, "from ", start, "");
            side(&mut out, " to ", end, "");
        }
        Span::Since(start) => side(&mut out, "since ", start, ""),
        Span::Until(end) => side(&mut out, "until ", end, ""),
        Span::FromTo(start) => side(&mut out, "from ", start, "end unknown"),
        Span::ToFrom(end) => side(&mut out, "until ", end, "start unknown"),
    }
    out
}

/// One date, or one end of an interval: its preposition, "c." if it is approximate, its remarks.
fn side(out: &mut String, preposition: &str, one: Moment, more: &'static str) {
    out.push_str(preposition);
    out.push_str(if one.is_circa() { "c. " } else { "" });
    core(out, one, Shared::Nothing);
    one.push_notes(out, more, [" (", ", ", ")"], note);
}

/// Two ends of one precision: "March–May 2016", "28 February – 1 March 2016".
fn pair(out: &mut String, start: Moment, end: Moment) {
    let shared = start.shares_with(end);
    core(out, start, shared);
    // What is left of each end is one word or more, for both alike.
    out.push_str(if out.contains(' ') { " – " } else { "–" });
    side(out, "", end, "");
}

/// The date without what is shared with the other end.
fn core(out: &mut String, one: Moment, shared: Shared) {
    match one.unit {
        Unit::Years(_) => out.push_str("between"),
        Unit::Decade | Unit::Year => {}
        Unit::Season(season) => out.push_str(name_season(season)),
        Unit::Month(month) => out.push_str(name_month(month)),
        Unit::Day(month, day) => {
            push_number(out, day);
            if shared != Shared::Month {
                out.push(' ');
                out.push_str(name_month(month));
            }
        }
    }
    let Some(year) = one.year.filter(|_| shared == Shared::Nothing) else { return };
    out.push_str(if matches!(one.unit, Unit::Year | Unit::Decade) { "" } else { " " });
    push_number(out, year);
    match one.unit {
        Unit::Decade => out.push('s'),
        Unit::Season(24) => {
            out.push('–');
            push_number(out, year + 1);
        }
        Unit::Years(last) => {
            out.push_str(" and ");
            push_number(out, last);
        }
        _ => {}
    }
}

fn note(out: &mut String, note: Note) {
    let (parts, words) = match note {
        Note::Words(words) => return out.push_str(words),
        Note::Uncertain => return out.push_str("uncertain"),
        Note::Approximate => return out.push_str("approximate"),
        Note::Unspecified(parts) => (parts, " unspecified"),
        Note::UncertainParts(parts) => (parts, " uncertain"),
        Note::ApproximateParts(parts) => (parts, " approximate"),
    };
    parts.push(out, " and ", ["year", "month", "season", "day"]);
    out.push_str(words);
}

fn name_season(season: u8) -> &'static str {
    match season {
        21 => "spring",
        22 => "summer",
        23 => "autumn",
        _ => "winter",
    }
}

fn name_month(month: u8) -> &'static str {
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
