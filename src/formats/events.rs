//! The events that a record is in a calendar.

use super::calendar::{Calendar, Event, Status};
use super::geojson::{authorities, located};
use super::outline::{Occasion, Shape};
use super::values::{Said, at, first_text, label, meanings, named, text, title};
use super::{Places, Render, Setting};
use crate::vocabulary::language::Language;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The statuses of records that are not settled, whatever their date.
const UNSETTLED: [&str; 4] = ["announced", "planned", "postponed", "draft"];

/// A calendar of records.
pub struct Agenda<W: Write> {
    calendar: Calendar<W>,
    setting: Setting,
}

impl<W: Write> Agenda<W> {
    /// Begins a calendar.
    ///
    /// # Errors
    /// When writing fails.
    pub fn begin(out: W, setting: Setting) -> io::Result<Self> {
        let name = format!("Kakehashi – {}", title(setting.kind, setting.language));
        let calendar = Calendar::begin(out, &name, &setting.address(), setting.language)?;
        Ok(Self { calendar, setting })
    }
}

impl<W: Write> Render for Agenda<W> {
    fn record(&mut self, record: &Map<String, Value>, places: &Places) -> io::Result<()> {
        for (index, occasion) in self.setting.outline().occasions.iter().enumerate() {
            if let Some(mut event) = event(record, occasion, &self.setting, places) {
                let part = if index == 0 { String::new() } else { format!("-{}", occasion.member) };
                event.uid = format!("{}{part}@kakehashi", text(record, "id"));
                self.calendar.event(&event)?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.calendar.end()
    }
}

/// A day, or an interval of days: not partial, not uncertain.
pub(super) fn is_exact(edtf: &str) -> bool {
    edtf.split('/').all(|part| part.len() == 10 && part.parse::<Date>().is_ok())
}

/// The event of a date; none where the date is not there, or is unbounded.
fn event(
    record: &Map<String, Value>,
    occasion: &Occasion,
    setting: &Setting,
    places: &Places,
) -> Option<Event> {
    let (language, outline) = (setting.language, setting.outline());
    let date = record.get(occasion.member)?;
    let day = |name: &str| date.get(name)?.as_str()?.parse::<Date>().ok();
    let (first, last) = (day("earliest")?, day("latest")?);
    let exact = is_exact(date.get("edtf")?.as_str()?);
    let status = match text(record, "status") {
        "cancelled" => Status::Cancelled,
        status if !exact || UNSETTLED.contains(&status) => Status::Tentative,
        _ => Status::Confirmed,
    };
    let mut summary = label(record, language);
    if let Some(what) = occasion.what {
        summary.text = format!("{}{}{}", language.of(what), language.of([" : ", "：", ": "]), summary.text);
    }
    let codes: Vec<&str> =
        outline.codes.iter().flat_map(|member| meanings(setting.kind, record, member, language)).collect();
    if !codes.is_empty() {
        let codes = codes.join(", ");
        summary.text = match language {
            Language::Ja => format!("{}（{codes}）", summary.text),
            Language::Fr | Language::En => format!("{} ({codes})", summary.text),
        };
    }
    let about = first_text(record, outline.about, language);
    let when = (!exact).then(|| date.get("label")?.get(language.tag())?.as_str()).flatten();
    let description = match (when, about) {
        (None, about) => about,
        (Some(when), about) => Some(Said {
            text: about.as_ref().map_or_else(|| when.to_owned(), |about| format!("{when}\n\n{}", about.text)),
            tag: about.map_or(language.tag(), |about| about.tag),
        }),
    };
    let mut themes = meanings(setting.kind, record, "category", language);
    themes.extend(meanings(setting.kind, record, "themes", language));
    themes.dedup();
    Some(Event {
        uid: String::new(),
        written: text(record, "updated_at").to_owned(),
        sequence: record.get("version").and_then(Value::as_i64).unwrap_or(1) - 1,
        first,
        last,
        status,
        summary,
        description,
        place: place(record, setting),
        position: position(record, outline.shape, places),
        url: setting.record(record),
        categories: themes,
    })
}

/// Where it takes place, in words.
fn place(record: &Map<String, Value>, setting: &Setting) -> Option<Said> {
    setting.outline().place.iter().find_map(|pointer| {
        let mut said: Vec<Said> =
            at(record, pointer).into_iter().filter_map(|value| named(value, setting.language)).collect();
        said.dedup();
        let tag = said.first()?.tag;
        let words: Vec<String> = said.into_iter().map(|said| said.text).collect();
        Some(Said { text: words.join(" – "), tag })
    })
}

/// Where it takes place, if at one place.
fn position(record: &Map<String, Value>, shape: Shape, places: &Places) -> Option<[f64; 2]> {
    let mut places = located(record, authorities(shape)?, places);
    places.dedup();
    match places.as_slice() {
        [only] => Some(only.position),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_exact;

    #[test]
    fn only_days_are_exact() {
        assert!(is_exact("2024-11-20") && is_exact("2024-11-18/2024-11-21"));
        for partial in ["2026-23", "2026", "2026-11", "2026-11-20?", "2016/..", "2026-11-2X", "2026-11-01~"] {
            assert!(!is_exact(partial), "{partial}");
        }
    }
}
