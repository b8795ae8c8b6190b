//! Japanese labels of EDTF dates: 「2016年3月1日」, 「2016年2月28日～29日」, 「2026年秋～」.

use super::date_span::{DatePrecision, DateRemark, DateSpan, SharedComponents, SingleDate, push_number};

/// Returns the label.
pub(super) fn label(span: &DateSpan) -> String {
    let mut out = String::with_capacity(64);
    match *span {
        DateSpan::OneDate(one) => push_end(&mut out, one, SharedComponents::Nothing, ""),
        DateSpan::Between(start, end) if start == end => {
            push_end(&mut out, start, SharedComponents::Nothing, "");
        }
        DateSpan::Between(start, end) if start.can_abbreviate_with(end) => {
            push_date(&mut out, start, SharedComponents::Nothing);
            out.push('～');
            push_end(&mut out, end, start.shared_with(end), "");
        }
        DateSpan::Between(start, end) => {
            push_end(&mut out, start, SharedComponents::Nothing, "");
            out.push('～');
            push_end(&mut out, end, SharedComponents::Nothing, "");
        }
        DateSpan::OpenEnd(start) => {
            push_end(&mut out, start, SharedComponents::Nothing, "");
            out.push('～');
        }
        DateSpan::UnknownEnd(start) => {
            push_end(&mut out, start, SharedComponents::Nothing, "");
            out.push_str("～（終期不明）");
        }
        DateSpan::OpenStart(end) => {
            out.push('～');
            push_end(&mut out, end, SharedComponents::Nothing, "");
        }
        DateSpan::UnknownStart(end) => {
            out.push('～');
            push_end(&mut out, end, SharedComponents::Nothing, "始期不明");
        }
    }
    out
}

/// Writes a date, or one end of an interval: date, 「頃」 where it is approximate, remarks.
fn push_end(out: &mut String, one: SingleDate, shared: SharedComponents, more: &'static str) {
    push_date(out, one, shared);
    out.push_str(if one.is_circa() { "頃" } else { "" });
    one.push_remarks(out, more, ["（", "、", "）"], push_remark);
}

/// Writes a date without the components that the other end shares.
fn push_date(out: &mut String, one: SingleDate, shared: SharedComponents) {
    if let Some(year) = one.year.filter(|_| shared == SharedComponents::Nothing) {
        push_number(out, year);
        match one.precision {
            DatePrecision::Season(24) => {
                out.push('～');
                push_number(out, year + 1);
            }
            DatePrecision::Years(last) => {
                out.push_str("年から");
                push_number(out, last);
            }
            _ => {}
        }
        out.push('年');
    }
    match one.precision {
        DatePrecision::Years(_) => out.push_str("の間"),
        DatePrecision::Decade => out.push('代'),
        DatePrecision::Year => {}
        DatePrecision::Season(season) => out.push_str(season_name(season)),
        DatePrecision::Month(month) => push_unit(out, month, '月'),
        DatePrecision::Day(_, day) if shared == SharedComponents::Month => push_unit(out, day, '日'),
        DatePrecision::Day(month, day) => {
            push_unit(out, month, '月');
            push_unit(out, day, '日');
        }
    }
}

fn push_unit(out: &mut String, number: u8, unit: char) {
    push_number(out, number);
    out.push(unit);
}

fn push_remark(out: &mut String, remark: DateRemark) {
    let (parts, between, words) = match remark {
        DateRemark::Words(words) => return out.push_str(words),
        DateRemark::Uncertain => return out.push_str("不確か"),
        DateRemark::Approximate => return out.push_str("おおよそ"),
        DateRemark::Unspecified(parts) => (parts, "", "不明"),
        DateRemark::UncertainParts(parts) => (parts, "・", "は不確か"),
        DateRemark::ApproximateParts(parts) => (parts, "・", "はおおよそ"),
    };
    parts.push_names(out, between, ["年", "月", "季節", "日"]);
    out.push_str(words);
}

fn season_name(season: u8) -> &'static str {
    match season {
        21 => "春",
        22 => "夏",
        23 => "秋",
        _ => "冬",
    }
}
