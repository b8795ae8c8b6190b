//! French labels of EDTF dates: "1er mars 2016", "28–29 février 2016", "depuis l'automne 2026".

use super::date_span::{
    DateComponents, DatePrecision, DateRemark, DateSpan, SharedComponents, SingleDate, push_number,
};

/// Returns the label.
pub(super) fn label(span: &DateSpan) -> String {
    let mut out = String::with_capacity(48);
    match *span {
        DateSpan::OneDate(one) => push_single(&mut out, one),
        DateSpan::Between(start, end) if start == end => push_single(&mut out, start),
        DateSpan::Between(start, end) if start.can_abbreviate_with(end) => push_range(&mut out, start, end),
        DateSpan::Between(start, end) => {
            push_end(&mut out, "de", start, "");
            out.push(' ');
            push_end(&mut out, "à", end, "");
        }
        DateSpan::OpenEnd(start) => push_end(&mut out, "depuis", start, ""),
        DateSpan::OpenStart(end) => push_end(&mut out, "jusqu'en", end, ""),
        DateSpan::UnknownEnd(start) => {
            out.push_str("à partir ");
            push_end(&mut out, "de", start, "fin inconnue");
        }
        DateSpan::UnknownStart(end) => push_end(&mut out, "jusqu'en", end, "début inconnu"),
    }
    out
}

fn push_single(out: &mut String, one: SingleDate) {
    if one.is_circa() {
        out.push_str(preposition_for("vers", one));
    }
    push_date(out, one, SharedComponents::Nothing);
    push_remarks(out, one, "");
}

/// Writes an interval of two dates of equal precision: "mars–mai 2016", "28 février – 1er mars 2016".
fn push_range(out: &mut String, start: SingleDate, end: SingleDate) {
    let shared = start.shared_with(end);
    push_date(out, start, shared);
    // Both ends have the same number of words: a dash between single words has no spaces.
    out.push_str(if out.contains(' ') { " – " } else { "–" });
    push_date(out, end, SharedComponents::Nothing);
    push_remarks(out, end, "");
}

/// Writes one end of an interval: preposition, date, "environ" where it is approximate, remarks.
fn push_end(out: &mut String, preposition: &'static str, one: SingleDate, more: &'static str) {
    out.push_str(preposition_for(preposition, one));
    push_date(out, one, SharedComponents::Nothing);
    out.push_str(if one.is_circa() { " environ" } else { "" });
    push_remarks(out, one, more);
}

/// Writes a date without the components that the other end shares.
fn push_date(out: &mut String, one: SingleDate, shared: SharedComponents) {
    match one.precision {
        DatePrecision::Years(_) => out.push_str("entre"),
        DatePrecision::Decade => out.push_str("années"),
        DatePrecision::Year => {}
        DatePrecision::Season(season) => out.push_str(season_name(season)),
        DatePrecision::Month(month) => out.push_str(month_name(month)),
        DatePrecision::Day(month, day) => {
            push_number(out, day);
            out.push_str(if day == 1 { "er" } else { "" });
            if shared != SharedComponents::Month {
                out.push(' ');
                out.push_str(month_name(month));
            }
        }
    }
    let Some(year) = one.year.filter(|_| shared == SharedComponents::Nothing) else { return };
    out.push_str(if one.precision == DatePrecision::Year { "" } else { " " });
    push_number(out, year);
    match one.precision {
        DatePrecision::Season(24) => {
            out.push('–');
            push_number(out, year + 1);
        }
        DatePrecision::Years(last) => {
            out.push_str(" et ");
            push_number(out, last);
        }
        _ => {}
    }
}

/// Returns the form of a preposition before a date, contracted with the article where there is one.
fn preposition_for(preposition: &'static str, one: SingleDate) -> &'static str {
    /// Chooses by what follows: a masculine noun, an elided article, a plural, a month with a vowel, no
    /// article.
    fn choose(one: SingleDate, [le, l, les, elided, bare]: [&'static str; 5]) -> &'static str {
        match one.precision {
            DatePrecision::Day(..) | DatePrecision::Season(21) => le,
            DatePrecision::Season(_) => l,
            DatePrecision::Decade => les,
            DatePrecision::Month(4 | 8 | 10) => elided,
            _ => bare,
        }
    }
    match preposition {
        "vers" => choose(one, ["vers le ", "vers l'", "vers les ", "vers ", "vers "]),
        "depuis" => choose(one, ["depuis le ", "depuis l'", "depuis les ", "depuis ", "depuis "]),
        "de" => choose(one, ["du ", "de l'", "des ", "d'", "de "]),
        "à" => choose(one, ["au ", "à l'", "aux ", "à ", "à "]),
        _ => choose(one, ["jusqu'au ", "jusqu'à l'", "jusqu'aux ", "jusqu'en ", "jusqu'en "]),
    }
}

fn push_remarks(out: &mut String, one: SingleDate, more: &'static str) {
    one.push_remarks(out, more, [" (", ", ", ")"], push_remark);
}

fn push_remark(out: &mut String, remark: DateRemark) {
    match remark {
        DateRemark::Words(words) => out.push_str(words),
        DateRemark::Uncertain => out.push_str("incertain"),
        DateRemark::Approximate => out.push_str("approximatif"),
        DateRemark::Unspecified(parts) => {
            push_agreeing_adjective(
                out,
                parts,
                [" non précisé", " non précisée", " non précisés", " non précisées"],
            );
        }
        DateRemark::UncertainParts(parts) => {
            push_agreeing_adjective(out, parts, [" incertain", " incertaine", " incertains", " incertaines"]);
        }
        DateRemark::ApproximateParts(parts) => {
            push_agreeing_adjective(
                out,
                parts,
                [" approximatif", " approximative", " approximatifs", " approximatives"],
            );
        }
    }
}

/// Writes the components and an adjective, which is given in masculine, feminine and both plurals.
fn push_agreeing_adjective(
    out: &mut String,
    parts: DateComponents,
    [he, she, they, they_feminine]: [&str; 4],
) {
    let names = ["année", "mois", "saison", "jour"];
    parts.push_names(out, " et ", names);
    let feminine = parts.select(names).all(|name| matches!(name, "année" | "saison"));
    out.push_str(match (parts.select(names).count(), feminine) {
        (1, false) => he,
        (1, true) => she,
        (_, false) => they,
        (_, true) => they_feminine,
    });
}

fn season_name(season: u8) -> &'static str {
    match season {
        21 => "printemps",
        22 => "été",
        23 => "automne",
        _ => "hiver",
    }
}

fn month_name(month: u8) -> &'static str {
    match month {
        1 => "janvier",
        2 => "février",
        3 => "mars",
        4 => "avril",
        5 => "mai",
        6 => "juin",
        7 => "juillet",
        8 => "août",
        9 => "septembre",
        10 => "octobre",
        11 => "novembre",
        _ => "décembre",
    }
}
