//! Partial dates in Japanese: 「2016年3月1日」, 「2016年2月28日～29日」, 「2026年秋～」.

use super::moment::{Moment, Note, Shared, Span, Unit, push_number};

/// The date in words.
pub(super) fn label(span: &Span) -> String {
    let mut out = String::with_capacity(64);
    match *span {
        Span::At(one) => side(&mut out, one, Shared::Nothing, ""),
        Span::Between(start, end) if start == end => side(&mut out, start, Shared::Nothing, ""),
        Span::Between(start, end) if start.pairs_with(end) => {
            core(&mut out, start, Shared::Nothing);
            out.push('～');
            side(&mut out, end, start.shares_with(end), "");
        }
        Span::Between(start, end) => {
            side(&mut out, start, Shared::Nothing, "");
            out.push('～');
            side(&mut out, end, Shared::Nothing, "");
        }
        Span::Since(start) => {
            side(&mut out, start, Shared::Nothing, "");
            out.push('～');
        }
        Span::FromTo(start) => {
            side(&mut out, start, Shared::Nothing, "");
            out.push_str("～（終期不明）");
        }
        Span::Until(end) => {
            out.push('～');
            side(&mut out, end, Shared::Nothing, "");
        }
        Span::ToFrom(end) => {
            out.push('～');
            side(&mut out, end, Shared::Nothing, "始期不明");
        }
    }
    out
}

/// One date, or one end of an interval: 「頃」 if it is approximate, its remarks.
fn side(out: &mut String, one: Moment, shared: Shared, more: &'static str) {
    core(out, one, shared);
    out.push_str(if one.is_circa() { "頃" } else { "" });
    one.push_notes(out, more, ["（", "、", "）"], note);
}

/// The date without what is shared with the other end.
fn core(out: &mut String, one: Moment, shared: Shared) {
    if let Some(year) = one.year.filter(|_| shared == Shared::Nothing) {
        push_number(out, year);
        match one.unit {
            Unit::Season(24) => {
                out.push('～');
                push_number(out, year + 1);
            }
            Unit::Years(last) => {
                out.push_str("年から");
                push_number(out, last);
            }
            _ => {}
        }
        out.push('年');
    }
    match one.unit {
        Unit::Years(_) => out.push_str("の間"),
        Unit::Decade => out.push('代'),
        Unit::Year => {}
        Unit::Season(season) => out.push_str(name_season(season)),
        Unit::Month(month) => push_unit(out, month, '月'),
        Unit::Day(_, day) if shared == Shared::Month => push_unit(out, day, '日'),
        Unit::Day(month, day) => {
            push_unit(out, month, '月');
            push_unit(out, day, '日');
        }
    }
}

fn push_unit(out: &mut String, number: u8, unit: char) {
    push_number(out, number);
    out.push(unit);
}

fn note(out: &mut String, note: Note) {
    let (parts, between, words) = match note {
        Note::Words(words) => return out.push_str(words),
        Note::Uncertain => return out.push_str("不確か"),
        Note::Approximate => return out.push_str("おおよそ"),
        Note::Unspecified(parts) => (parts, "", "不明"),
        Note::UncertainParts(parts) => (parts, "・", "は不確か"),
        Note::ApproximateParts(parts) => (parts, "・", "はおおよそ"),
    };
    parts.push(out, between, ["年", "月", "季節", "日"]);
    out.push_str(words);
}

fn name_season(season: u8) -> &'static str {
    match season {
        21 => "春",
        22 => "夏",
        23 => "秋",
        _ => "冬",
    }
}
