//! Partial dates in French: "1er mars 2016", "28–29 février 2016", "depuis l'automne 2026".

use super::moment::{Moment, Note, Parts, Shared, Span, Unit, push_number};

/// The date in words.
pub(super) fn label(span: &Span) -> String {
    let mut out = String::with_capacity(48);
    match *span {
        Span::At(one) => single(&mut out, one),
        Span::Between(start, end) if start == end => single(&mut out, start),
        Span::Between(start, end) if start.pairs_with(end) => pair(&mut out, start, end),
        Span::Between(start, end) => {
            side(&mut out, "de", start, "");
            out.push(' ');
            side(&mut out, "à", end, "");
        }
        Span::Since(start) => side(&mut out, "depuis", start, ""),
        Span::Until(end) => side(&mut out, "jusqu'en", end, ""),
        Span::FromTo(start) => {
            out.push_str("à partir ");
            side(&mut out, "de", start, "fin inconnue");
        }
        Span::ToFrom(end) => side(&mut out, "jusqu'en", end, "début inconnu"),
    }
    out
}

fn single(out: &mut String, one: Moment) {
    if one.is_circa() {
        out.push_str(lead("vers", one));
    }
    core(out, one, Shared::Nothing);
    notes(out, one, "");
}

/// Two ends of one precision: "mars–mai 2016", "28 février – 1er mars 2016".
fn pair(out: &mut String, start: Moment, end: Moment) {
    let shared = start.shares_with(end);
    core(out, start, shared);
    // What is left of each end is one word or more, for both alike.
    out.push_str(if out.contains(' ') { " – " } else { "–" });
    core(out, end, Shared::Nothing);
    notes(out, end, "");
}

/// One end of an interval: its preposition, "environ" if it is approximate, its remarks.
fn side(out: &mut String, preposition: &'static str, one: Moment, more: &'static str) {
    out.push_str(lead(preposition, one));
    core(out, one, Shared::Nothing);
    out.push_str(if one.is_circa() { " environ" } else { "" });
    notes(out, one, more);
}

/// The date without what is shared with the other end.
fn core(out: &mut String, one: Moment, shared: Shared) {
    match one.unit {
        Unit::Years(_) => out.push_str("entre"),
        Unit::Decade => out.push_str("années"),
        Unit::Year => {}
        Unit::Season(season) => out.push_str(name_season(season)),
        Unit::Month(month) => out.push_str(name_month(month)),
        Unit::Day(month, day) => {
            push_number(out, day);
            out.push_str(if day == 1 { "er" } else { "" });
            if shared != Shared::Month {
                out.push(' ');
                out.push_str(name_month(month));
            }
        }
    }
    let Some(year) = one.year.filter(|_| shared == Shared::Nothing) else { return };
    out.push_str(if one.unit == Unit::Year { "" } else { " " });
    push_number(out, year);
    match one.unit {
        Unit::Season(24) => {
            out.push('–');
            push_number(out, year + 1);
        }
        Unit::Years(last) => {
            out.push_str(" et ");
            push_number(out, last);
        }
        _ => {}
    }
}

/// A preposition before a date, contracted with the article where there is one.
fn lead(preposition: &'static str, one: Moment) -> &'static str {
    /// By what follows: a masculine noun, one with an elided article, a plural, `avril`, `août` or `octobre`, no article.
    fn choose(one: Moment, [le, l, les, elided, bare]: [&'static str; 5]) -> &'static str {
        match one.unit {
            Unit::Day(..) | Unit::Season(21) => le,
            Unit::Season(_) => l,
            Unit::Decade => les,
            Unit::Month(4 | 8 | 10) => elided,
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

fn notes(out: &mut String, one: Moment, more: &'static str) {
    one.push_notes(out, more, [" (", ", ", ")"], note);
}

fn note(out: &mut String, note: Note) {
    match note {
        Note::Words(words) => out.push_str(words),
        Note::Uncertain => out.push_str("incertain"),
        Note::Approximate => out.push_str("approximatif"),
        Note::Unspecified(parts) => {
            agree(out, parts, [" non précisé", " non précisée", " non précisés", " non précisées"]);
        }
        Note::UncertainParts(parts) => {
            agree(out, parts, [" incertain", " incertaine", " incertains", " incertaines"]);
        }
        Note::ApproximateParts(parts) => {
            agree(out, parts, [" approximatif", " approximative", " approximatifs", " approximatives"]);
        }
    }
}

/// The components and their adjective, given in the masculine, the feminine and the plural of both.
fn agree(out: &mut String, parts: Parts, [he, she, they, they_feminine]: [&str; 4]) {
    let names = ["année", "mois", "saison", "jour"];
    parts.push(out, " et ", names);
    let feminine = parts.pick(names).all(|name| matches!(name, "année" | "saison"));
    out.push_str(match (parts.pick(names).count(), feminine) {
        (1, false) => he,
        (1, true) => she,
        (_, false) => they,
        (_, true) => they_feminine,
    });
}

fn name_season(season: u8) -> &'static str {
    match season {
        21 => "printemps",
        22 => "été",
        23 => "automne",
        _ => "hiver",
    }
}

fn name_month(month: u8) -> &'static str {
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
