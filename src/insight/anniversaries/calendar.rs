//! The anniversaries of a year as a calendar (RFC 5545).

use super::Anniversary;
use crate::clock::rfc3339;
use crate::formats::calendar::{Calendar, Event, Status};
use crate::formats::values::Said;
use crate::vocabulary::language::Language;
use std::io;

/// The anniversaries as a calendar in a language; `base` is the scheme and host, `here` the path and query that are
/// answered. What is not known to the day is tentative, over the days that it may be.
///
/// # Errors
/// When writing fails, which it does not.
pub fn calendar(all: &[Anniversary], base: &str, here: &str, language: Language) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let name = language.of(["Kakehashi – Anniversaires", "Kakehashi – 周年", "Kakehashi – Anniversaries"]);
    let mut calendar = Calendar::begin(&mut out, name, &format!("{base}{here}"), language)?;
    for one in all {
        calendar.event(&event(one, base, language))?;
    }
    calendar.end()?;
    Ok(out)
}

fn event(one: &Anniversary, base: &str, language: Language) -> Event {
    let (begun, what) = (&one.beginning, one.beginning.what);
    let (years, name) = (one.years, begun.name.show(language));
    let summary = match language {
        Language::Fr => format!("{years} ans : {name}"),
        Language::Ja => format!("{years}周年：{name}"),
        Language::En => format!("{years} years: {name}"),
    };
    let said = |text: String| Said { text, tag: language.tag() };
    let is_settled = one.on.is_some() && one.is_certain;
    Event {
        uid: format!("{}-{}-{years}@kakehashi", begun.id, what.code),
        written: rfc3339(begun.written),
        sequence: begun.version - 1,
        first: one.within.0,
        last: one.within.1,
        status: if is_settled { Status::Confirmed } else { Status::Tentative },
        summary: said(summary),
        description: Some(said(format!("{} ({})", language.of(what.label), begun.edtf))),
        place: None,
        position: None,
        url: format!("{base}/v1/{}/{}", what.kind.path(), begun.id),
        categories: vec![],
    }
}
