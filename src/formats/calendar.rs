//! Records as calendar events: which dates, status, place and description.

use super::geojson::{authority_pointer, locations_at};
use super::icalendar::{IcalEvent, IcalStatus, IcalWriter};
use super::renderer::{RenderContext, Renderer};
use super::values::{
    LocalizedText, code_labels, kind_title, localize_first, localize_label, localize_reference,
    string_member, values_at,
};
use crate::domain::language::Language;
use crate::kinds::authorities::locations::Locations;
use crate::kinds::format_hints::{CalendarDate, MapGeometry};
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The statuses of records whose dates are not settled.
const TENTATIVE_STATUSES: [&str; 4] = ["announced", "planned", "postponed", "draft"];

/// Writes records as events.
pub struct CalendarRenderer<W: Write> {
    calendar: IcalWriter<W>,
    setting: RenderContext,
}

impl<W: Write> CalendarRenderer<W> {
    /// Begins a calendar.
    pub fn begin(out: W, setting: RenderContext) -> io::Result<Self> {
        let name = format!("Kakehashi – {}", kind_title(setting.kind, setting.language));
        let calendar = IcalWriter::begin(out, &name, &setting.url(), setting.language)?;
        Ok(Self { calendar, setting })
    }
}

impl<W: Write> Renderer for CalendarRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, places: &Locations) -> io::Result<()> {
        for (index, occasion) in self.setting.format_hints().calendar_dates.iter().enumerate() {
            if let Some(mut event) = build_event(record, occasion, &self.setting, places) {
                let part = if index == 0 { String::new() } else { format!("-{}", occasion.member) };
                event.uid = format!("{}{part}@kakehashi", string_member(record, "id"));
                self.calendar.write_event(&event)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.calendar.finish()
    }
}

/// Returns whether an EDTF date is a day or an interval of days, without uncertainty.
pub(super) fn is_exact_date(edtf: &str) -> bool {
    edtf.split('/').all(|part| part.len() == 10 && part.parse::<Date>().is_ok())
}

/// Builds the event of a date; none where there is no date, or it is unbounded.
fn build_event(
    record: &Map<String, Value>,
    occasion: &CalendarDate,
    setting: &RenderContext,
    places: &Locations,
) -> Option<IcalEvent> {
    let (language, outline) = (setting.language, setting.format_hints());
    let date = record.get(occasion.member)?;
    let day = |name: &str| date.get(name)?.as_str()?.parse::<Date>().ok();
    let (first, last) = (day("earliest")?, day("latest")?);
    let exact = is_exact_date(date.get("edtf")?.as_str()?);
    let status = match string_member(record, "status") {
        "cancelled" => IcalStatus::Cancelled,
        status if !exact || TENTATIVE_STATUSES.contains(&status) => IcalStatus::Tentative,
        _ => IcalStatus::Confirmed,
    };
    let mut summary = localize_label(record, language);
    if let Some(what) = occasion.event_title {
        summary.text =
            format!("{}{}{}", language.pick(what), language.pick([" : ", "：", ": "]), summary.text);
    }
    let codes: Vec<&str> = outline
        .title_code_members
        .iter()
        .flat_map(|member| code_labels(setting.kind, record, member, language))
        .collect();
    if !codes.is_empty() {
        let codes = codes.join(", ");
        summary.text = match language {
            Language::Ja => format!("{}（{codes}）", summary.text),
            Language::Fr | Language::En => format!("{} ({codes})", summary.text),
        };
    }
    let about = localize_first(record, outline.summary_members, language);
    let when = (!exact).then(|| date.get("label")?.get(language.tag())?.as_str()).flatten();
    let description = match (when, about) {
        (None, about) => about,
        (Some(when), about) => Some(LocalizedText {
            text: about.as_ref().map_or_else(|| when.to_owned(), |about| format!("{when}\n\n{}", about.text)),
            tag: about.map_or(language.tag(), |about| about.tag),
        }),
    };
    let mut themes = code_labels(setting.kind, record, "category", language);
    themes.extend(code_labels(setting.kind, record, "themes", language));
    themes.dedup();
    Some(IcalEvent {
        uid: String::new(),
        last_modified: string_member(record, "updated_at").to_owned(),
        sequence: record.get("version").and_then(Value::as_i64).unwrap_or(1) - 1,
        first_day: first,
        last_day: last,
        status,
        summary,
        description,
        place: localize_place(record, setting),
        position: find_only_position(record, outline.map_geometry, places),
        url: setting.record_url(record),
        categories: themes,
    })
}

/// Returns the place in words.
fn localize_place(record: &Map<String, Value>, setting: &RenderContext) -> Option<LocalizedText> {
    setting.format_hints().place_pointers.iter().find_map(|pointer| {
        let mut localized: Vec<LocalizedText> = values_at(record, pointer)
            .into_iter()
            .filter_map(|value| localize_reference(value, setting.language))
            .collect();
        localized.dedup();
        let tag = localized.first()?.tag;
        let words: Vec<String> = localized.into_iter().map(|localized| localized.text).collect();
        Some(LocalizedText { text: words.join(" – "), tag })
    })
}

/// Returns the position of the one authority where it takes place; none for several.
fn find_only_position(
    record: &Map<String, Value>,
    shape: MapGeometry,
    places: &Locations,
) -> Option<[f64; 2]> {
    let mut places = locations_at(record, authority_pointer(shape)?, places);
    places.dedup();
    match places.as_slice() {
        [only] => Some(only.position),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_exact_date;

    #[test]
    fn only_days_are_exact() {
        assert!(is_exact_date("2024-11-20") && is_exact_date("2024-11-18/2024-11-21"));
        for partial in ["2026-23", "2026", "2026-11", "2026-11-20?", "2016/..", "2026-11-2X", "2026-11-01~"] {
            assert!(!is_exact_date(partial), "{partial}");
        }
    }
}
