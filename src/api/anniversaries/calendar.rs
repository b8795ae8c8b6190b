//! Anniversaries as iCalendar (RFC 5545).

use crate::analytics::anniversaries::anniversary::Anniversary;
use crate::domain::language::Language;
use crate::formats::icalendar::{IcalEvent, IcalStatus, IcalWriter};
use crate::formats::values::LocalizedText;
use crate::util::clock::rfc3339;
use std::io;

/// Renders the anniversaries as a calendar. `base` is scheme and host, `path` the path and query of the
/// request. An anniversary whose day is not known is a tentative event over all days that it may fall on.
pub(super) fn write_calendar(
    anniversaries: &[Anniversary],
    base: &str,
    path: &str,
    language: Language,
) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let name = language.pick(["Kakehashi – Anniversaires", "Kakehashi – 周年", "Kakehashi – Anniversaries"]);
    let mut calendar = IcalWriter::begin(&mut out, name, &format!("{base}{path}"), language)?;
    for anniversary in anniversaries {
        calendar.write_event(&ical_event(anniversary, base, language))?;
    }
    calendar.finish()?;
    Ok(out)
}

fn ical_event(anniversary: &Anniversary, base: &str, language: Language) -> IcalEvent {
    let (beginning, what) = (&anniversary.beginning, anniversary.beginning.member);
    let (years, name) = (anniversary.years, beginning.name.in_language(language));
    let summary = match language {
        Language::Fr => format!("{years} ans : {name}"),
        Language::Ja => format!("{years}周年：{name}"),
        Language::En => format!("{years} years: {name}"),
    };
    let localized = |text: String| LocalizedText { text, tag: language.tag() };
    let is_settled = anniversary.day.is_some() && anniversary.is_certain;
    IcalEvent {
        uid: format!("{}-{}-{years}@kakehashi", beginning.id, what.code),
        last_modified: rfc3339(beginning.updated_at),
        sequence: beginning.version - 1,
        first_day: anniversary.possible_days.0,
        last_day: anniversary.possible_days.1,
        status: if is_settled { IcalStatus::Confirmed } else { IcalStatus::Tentative },
        summary: localized(summary),
        description: Some(localized(format!("{} ({})", language.pick(what.label), beginning.edtf))),
        place: None,
        position: None,
        url: format!("{base}/v1/{}/{}", what.kind.path(), beginning.id),
        categories: vec![],
    }
}
