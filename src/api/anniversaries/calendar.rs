//! The anniversaries of a year as a calendar (RFC 5545).

use crate::analytics::anniversaries::anniversary::Anniversary;
use crate::domain::language::Language;
use crate::formats::icalendar::{IcalEvent, IcalStatus, IcalWriter};
use crate::formats::values::LocalizedText;
use crate::util::clock::rfc3339;
use std::io;

/// The anniversaries as a calendar in a language; `base` is the scheme and host, `here` the path and query that are
/// answered. What is not known to the day is tentative, over the days that it may be.
///
/// # Errors
/// When writing fails, which it does not.
pub(super) fn write_calendar(
    all: &[Anniversary],
    base: &str,
    path: &str,
    language: Language,
) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let name = language.pick(["Kakehashi – Anniversaires", "Kakehashi – 周年", "Kakehashi – Anniversaries"]);
    let mut calendar = IcalWriter::begin(&mut out, name, &format!("{base}{path}"), language)?;
    for one in all {
        calendar.write_event(&ical_event(one, base, language))?;
    }
    calendar.finish()?;
    Ok(out)
}

fn ical_event(one: &Anniversary, base: &str, language: Language) -> IcalEvent {
    let (begun, what) = (&one.beginning, one.beginning.member);
    let (years, name) = (one.years, begun.name.in_language(language));
    let summary = match language {
        Language::Fr => format!("{years} ans : {name}"),
        Language::Ja => format!("{years}周年：{name}"),
        Language::En => format!("{years} years: {name}"),
    };
    let said = |text: String| LocalizedText { text, tag: language.tag() };
    let is_settled = one.day.is_some() && one.is_certain;
    IcalEvent {
        uid: format!("{}-{}-{years}@kakehashi", begun.id, what.code),
        last_modified: rfc3339(begun.updated_at),
        sequence: begun.version - 1,
        first_day: one.possible_days.0,
        last_day: one.possible_days.1,
        status: if is_settled { IcalStatus::Confirmed } else { IcalStatus::Tentative },
        summary: said(summary),
        description: Some(said(format!("{} ({})", language.pick(what.label), begun.edtf))),
        place: None,
        position: None,
        url: format!("{base}/v1/{}/{}", what.kind.path(), begun.id),
        categories: vec![],
    }
}
