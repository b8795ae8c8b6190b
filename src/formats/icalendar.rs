//! Writer of iCalendar files (RFC 5545, RFC 7986): all-day events, escaping, line folding.

use super::values::LocalizedText;
use crate::domain::language::Language;
use jiff::Timestamp;
use jiff::civil::Date;
use std::io::{self, Write};

/// The status of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IcalStatus {
    /// It takes place on these days.
    Confirmed,
    /// It takes place some time within these days, or is not settled.
    Tentative,
    /// It is cancelled.
    Cancelled,
}

/// An all-day event.
#[derive(Debug, Clone)]
pub struct IcalEvent {
    /// Its permanent identifier.
    pub uid: String,
    /// When its content was written, in RFC 3339; never the time of the request.
    pub last_modified: String,
    /// The number of its revision.
    pub sequence: i64,
    /// Its first day.
    pub first_day: Date,
    /// Its last day.
    pub last_day: Date,
    /// Its status.
    pub status: IcalStatus,
    /// Its title.
    pub summary: LocalizedText,
    /// Its description.
    pub description: Option<LocalizedText>,
    /// Its place, in words.
    pub place: Option<LocalizedText>,
    /// Longitude and latitude.
    pub position: Option<[f64; 2]>,
    /// The URL of the record.
    pub url: String,
    /// Its categories, in the language of the calendar.
    pub categories: Vec<&'static str>,
}

/// Writes a calendar.
pub struct IcalWriter<W: Write> {
    out: W,
    language: Language,
    has_events: bool,
}

impl<W: Write> IcalWriter<W> {
    /// Begins a calendar of this name, available at `source`.
    pub fn begin(out: W, name: &str, source: &str, language: Language) -> io::Result<Self> {
        let mut calendar = Self { out, language, has_events: false };
        calendar.write_line("BEGIN:VCALENDAR")?;
        calendar.write_line("VERSION:2.0")?;
        calendar.write_line(concat!("PRODID:-//Kakehashi//Kakehashi ", env!("CARGO_PKG_VERSION"), "//EN"))?;
        calendar.write_line("CALSCALE:GREGORIAN")?;
        calendar.write_line(&format!("NAME;LANGUAGE={}:{}", language.tag(), escape_text(name)))?;
        calendar.write_line(&format!("X-WR-CALNAME:{}", escape_text(name)))?;
        calendar.write_line(&format!("SOURCE;VALUE=URI:{source}"))?;
        calendar.write_line("REFRESH-INTERVAL;VALUE=DURATION:P1D")?;
        calendar.write_line("X-PUBLISHED-TTL:P1D")?;
        Ok(calendar)
    }

    /// Writes an event.
    pub fn write_event(&mut self, event: &IcalEvent) -> io::Result<()> {
        self.has_events = true;
        self.write_line("BEGIN:VEVENT")?;
        self.write_line(&format!("UID:{}", escape_text(&event.uid)))?;
        let stamp = to_ical_time(&event.last_modified);
        self.write_line(&format!("DTSTAMP:{stamp}"))?;
        self.write_line(&format!("LAST-MODIFIED:{stamp}"))?;
        self.write_line(&format!("SEQUENCE:{}", event.sequence))?;
        self.write_line(&format!("DTSTART;VALUE=DATE:{}", event.first_day.strftime("%Y%m%d")))?;
        // The end is the day after; after the last day of the calendar there is none.
        if let Ok(end) = event.last_day.tomorrow() {
            self.write_line(&format!("DTEND;VALUE=DATE:{}", end.strftime("%Y%m%d")))?;
        }
        self.write_localized("SUMMARY", &event.summary)?;
        event.description.iter().try_for_each(|localized| self.write_localized("DESCRIPTION", localized))?;
        event.place.iter().try_for_each(|localized| self.write_localized("LOCATION", localized))?;
        if let Some([lon, lat]) = event.position {
            self.write_line(&format!("GEO:{lat};{lon}"))?;
        }
        self.write_line(&format!("URL:{}", event.url))?;
        if !event.categories.is_empty() {
            let categories: Vec<String> =
                event.categories.iter().map(|category| escape_text(category)).collect();
            self.write_line(&format!(
                "CATEGORIES;LANGUAGE={}:{}",
                self.language.tag(),
                categories.join(",")
            ))?;
        }
        self.write_line(match event.status {
            IcalStatus::Confirmed => "STATUS:CONFIRMED",
            IcalStatus::Tentative => "STATUS:TENTATIVE",
            IcalStatus::Cancelled => "STATUS:CANCELLED",
        })?;
        self.write_line("TRANSP:TRANSPARENT")?;
        self.write_line("END:VEVENT")
    }

    /// Ends the calendar. One without events gets a time zone, since RFC 5545 requires a component.
    pub fn finish(&mut self) -> io::Result<()> {
        if !self.has_events {
            let zone = "BEGIN:VTIMEZONE\nTZID:Asia/Tokyo\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
                        TZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE";
            zone.lines().try_for_each(|line| self.write_line(line))?;
        }
        self.write_line("END:VCALENDAR")?;
        self.out.flush()
    }

    fn write_localized(&mut self, name: &str, localized: &LocalizedText) -> io::Result<()> {
        self.write_line(&format!("{name};LANGUAGE={}:{}", localized.tag, escape_text(&localized.text)))
    }

    fn write_line(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(fold_line(line).as_bytes())
    }
}

/// Escapes a text value (RFC 5545 section 3.3.11).
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Folds a content line to at most 75 octets per line (RFC 5545 section 3.1), between characters.
fn fold_line(line: &str) -> String {
    const MAX_LINE_OCTETS: usize = 75;
    let mut folded = String::with_capacity(line.len() + line.len() / 25 + 2);
    let mut width = 0;
    for letter in line.chars() {
        if width + letter.len_utf8() > MAX_LINE_OCTETS {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(letter);
        width += letter.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// Converts a time from RFC 3339 to whole seconds UTC in the form of iCalendar.
fn to_ical_time(time: &str) -> String {
    let time: Timestamp = time.parse().unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unfold(text: &str) -> String {
        text.replace("\r\n ", "").trim_end_matches("\r\n").to_owned()
    }

    proptest! {
        #[test]
        fn folding_keeps_the_text_and_the_width(text in "[ a-z静岡é🗾,;\\\\\n]{0,200}") {
            let line = format!("SUMMARY:{}", escape_text(&text));
            let folded = fold_line(&line);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
            prop_assert_eq!(unfold(&folded), line);
        }

        #[test]
        fn escapes_are_undone(text in "[ a-z静,;\\\\\n]{0,60}") {
            let mut back = String::new();
            let mut letters = escape_text(&text).chars().collect::<Vec<_>>().into_iter();
            while let Some(letter) = letters.next() {
                back.push(match letter {
                    '\\' => match letters.next() { Some('n') => '\n', other => other.unwrap() },
                    letter => { prop_assert!(!";,\n".contains(letter)); letter }
                });
            }
            prop_assert_eq!(back, text);
        }
    }

    #[test]
    fn an_empty_calendar_is_one_and_the_last_day_has_no_morrow() {
        let mut out = Vec::new();
        let mut calendar = IcalWriter::begin(&mut out, "Séances", "http://x/", Language::Fr).unwrap();
        calendar.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"), "{text}");
        assert!(text.ends_with("END:VTIMEZONE\r\nEND:VCALENDAR\r\n"), "{text}");
        assert!(text.contains("\r\nNAME;LANGUAGE=fr:Séances\r\n"), "{text}");
        assert_eq!(to_ical_time("2026-11-22T09:30:00.123456Z"), "20261122T093000Z");
    }
}
