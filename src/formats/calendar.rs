//! iCalendar (RFC 5545, RFC 7986): all-day events, lines of at most 75 octets that end in CRLF.

use super::values::Said;
use crate::vocabulary::language::Language;
use jiff::Timestamp;
use jiff::civil::Date;
use std::io::{self, Write};

/// Whether an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// On these days.
    Confirmed,
    /// Some time within these days, or not settled yet.
    Tentative,
    /// Not any more.
    Cancelled,
}

/// An event that lasts whole days.
#[derive(Debug, Clone)]
pub struct Event {
    /// What it is known by for ever.
    pub uid: String,
    /// When what it says was written, in RFC 3339: never the time of asking.
    pub written: String,
    /// How often it was written again.
    pub sequence: i64,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// Whether it takes place.
    pub status: Status,
    /// What it is called.
    pub summary: Said,
    /// More words.
    pub description: Option<Said>,
    /// Where, in words.
    pub place: Option<Said>,
    /// Longitude and latitude.
    pub position: Option<[f64; 2]>,
    /// Where more is read.
    pub url: String,
    /// What it is about, in the language of the calendar.
    pub categories: Vec<&'static str>,
}

/// A calendar as it is written.
pub struct Calendar<W: Write> {
    out: W,
    language: Language,
    any: bool,
}

impl<W: Write> Calendar<W> {
    /// Begins a calendar of this name, which is read at `source`.
    ///
    /// # Errors
    /// When writing fails.
    pub fn begin(out: W, name: &str, source: &str, language: Language) -> io::Result<Self> {
        let mut calendar = Self { out, language, any: false };
        calendar.line("BEGIN:VCALENDAR")?;
        calendar.line("VERSION:2.0")?;
        calendar.line(concat!("PRODID:-//Kakehashi//Kakehashi ", env!("CARGO_PKG_VERSION"), "//EN"))?;
        calendar.line("CALSCALE:GREGORIAN")?;
        calendar.line(&format!("NAME;LANGUAGE={}:{}", language.tag(), escape(name)))?;
        calendar.line(&format!("X-WR-CALNAME:{}", escape(name)))?;
        calendar.line(&format!("SOURCE;VALUE=URI:{source}"))?;
        calendar.line("REFRESH-INTERVAL;VALUE=DURATION:P1D")?;
        calendar.line("X-PUBLISHED-TTL:P1D")?;
        Ok(calendar)
    }

    /// Writes an event.
    ///
    /// # Errors
    /// When writing fails.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.any = true;
        self.line("BEGIN:VEVENT")?;
        self.line(&format!("UID:{}", escape(&event.uid)))?;
        let stamp = stamp(&event.written);
        self.line(&format!("DTSTAMP:{stamp}"))?;
        self.line(&format!("LAST-MODIFIED:{stamp}"))?;
        self.line(&format!("SEQUENCE:{}", event.sequence))?;
        self.line(&format!("DTSTART;VALUE=DATE:{}", event.first.strftime("%Y%m%d")))?;
        // The end is the day after; after the last day of the calendar there is none.
        if let Ok(end) = event.last.tomorrow() {
            self.line(&format!("DTEND;VALUE=DATE:{}", end.strftime("%Y%m%d")))?;
        }
        self.said("SUMMARY", &event.summary)?;
        event.description.iter().try_for_each(|said| self.said("DESCRIPTION", said))?;
        event.place.iter().try_for_each(|said| self.said("LOCATION", said))?;
        if let Some([lon, lat]) = event.position {
            self.line(&format!("GEO:{lat};{lon}"))?;
        }
        self.line(&format!("URL:{}", event.url))?;
        if !event.categories.is_empty() {
            let categories: Vec<String> = event.categories.iter().map(|category| escape(category)).collect();
            self.line(&format!("CATEGORIES;LANGUAGE={}:{}", self.language.tag(), categories.join(",")))?;
        }
        self.line(match event.status {
            Status::Confirmed => "STATUS:CONFIRMED",
            Status::Tentative => "STATUS:TENTATIVE",
            Status::Cancelled => "STATUS:CANCELLED",
        })?;
        self.line("TRANSP:TRANSPARENT")?;
        self.line("END:VEVENT")
    }

    /// Ends the calendar. One without events has a time zone, since RFC 5545 asks for a component.
    ///
    /// # Errors
    /// When writing fails.
    pub fn end(&mut self) -> io::Result<()> {
        if !self.any {
            let zone = "BEGIN:VTIMEZONE\nTZID:Asia/Tokyo\nBEGIN:STANDARD\nDTSTART:19700101T000000\n\
                        TZOFFSETFROM:+0900\nTZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE";
            zone.lines().try_for_each(|line| self.line(line))?;
        }
        self.line("END:VCALENDAR")?;
        self.out.flush()
    }

    fn said(&mut self, name: &str, said: &Said) -> io::Result<()> {
        self.line(&format!("{name};LANGUAGE={}:{}", said.tag, escape(&said.text)))
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(fold(line).as_bytes())
    }
}

/// A text as a value (RFC 5545 3.3.11).
fn escape(text: &str) -> String {
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

/// A content line in lines of at most 75 octets, the line ends apart (RFC 5545 3.1); no character is cut.
fn fold(line: &str) -> String {
    const LONGEST: usize = 75;
    let mut folded = String::with_capacity(line.len() + line.len() / 25 + 2);
    let mut width = 0;
    for letter in line.chars() {
        if width + letter.len_utf8() > LONGEST {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(letter);
        width += letter.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// A time in RFC 3339 as iCalendar writes it, in whole seconds UTC.
fn stamp(time: &str) -> String {
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
            let line = format!("SUMMARY:{}", escape(&text));
            let folded = fold(&line);
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')));
            prop_assert_eq!(unfold(&folded), line);
        }

        #[test]
        fn escapes_are_undone(text in "[ a-z静,;\\\\\n]{0,60}") {
            let mut back = String::new();
            let mut letters = escape(&text).chars().collect::<Vec<_>>().into_iter();
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
        let mut calendar = Calendar::begin(&mut out, "Séances", "http://x/", Language::Fr).unwrap();
        calendar.end().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"), "{text}");
        assert!(text.ends_with("END:VTIMEZONE\r\nEND:VCALENDAR\r\n"), "{text}");
        assert!(text.contains("\r\nNAME;LANGUAGE=fr:Séances\r\n"), "{text}");
        assert_eq!(stamp("2026-11-22T09:30:00.123456Z"), "20261122T093000Z");
    }
}
