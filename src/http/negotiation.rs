//! Which of the forms that an endpoint offers the caller reads: `?format=`, which wins, or `Accept` (RFC 9110 12.5.1).

use super::conditions;
use super::params::Params;
use crate::error::{Code, Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header;

/// A form in which records or figures are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JSON, as everywhere.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON text a line.
    Ndjson,
    /// `GeoJSON` (RFC 7946).
    GeoJson,
    /// iCalendar (RFC 5545).
    Calendar,
    /// JSON-LD 1.1.
    JsonLd,
    /// Atom (RFC 4287).
    Atom,
}

impl Format {
    /// Every form.
    pub const ALL: &'static [Self] =
        &[Self::Json, Self::Csv, Self::Ndjson, Self::GeoJson, Self::Calendar, Self::JsonLd, Self::Atom];

    /// Its value of `format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::GeoJson => "geojson",
            Self::Calendar => "ics",
            Self::JsonLd => "jsonld",
            Self::Atom => "atom",
        }
    }

    /// Its media type, without parameters.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::GeoJson => "application/geo+json",
            Self::Calendar => "text/calendar",
            Self::JsonLd => "application/ld+json",
            Self::Atom => "application/atom+xml",
        }
    }

    /// Its `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Calendar => "text/calendar; charset=utf-8",
            _ => self.media(),
        }
    }
}

/// The form that the caller asks for among those `offered`, of which the first stands for any.
///
/// # Errors
/// 406 when `Accept` admits none of them. A `format` that is not offered is a fault of the parameter.
pub fn negotiate(request: &HttpRequest, params: &mut Params, offered: &[Format]) -> Result<Format> {
    let default = offered.first().copied().unwrap_or(Format::Json);
    if let Some(name) = params.one("format") {
        let found = offered.iter().copied().find(|format| format.name() == name);
        if found.is_none() {
            let names: Vec<String> = offered.iter().map(|format| format!("`{}`", format.name())).collect();
            params.misfit("format", &name, &format!("one of {}", names.join(", ")));
        }
        return Ok(found.unwrap_or(default));
    }
    let Some(accept) = conditions::field(request, &header::ACCEPT) else { return Ok(default) };
    best(&accept, offered).ok_or_else(|| {
        let media: Vec<&str> = offered.iter().map(|format| format.media()).collect();
        Problem::new(Code::NotAcceptable).fact("offered", media.join(", "))
    })
}

/// The offered form of the highest quality; the first of those of the same. A more precise range decides.
fn best(accept: &str, offered: &[Format]) -> Option<Format> {
    let ranges: Vec<(&str, f32)> =
        accept.split(',').map(range).filter(|(range, _)| !range.is_empty()).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let quality = |format: &Format| {
        let (media, family) = (format.media(), format.media().split('/').next().unwrap_or_default());
        let precision = |range: &str| match range {
            "*/*" => 1,
            _ if range.strip_suffix("/*") == Some(family) => 2,
            _ if range.eq_ignore_ascii_case(media) || is_other_name(*format, range) => 3,
            _ => 0,
        };
        let matching = ranges.iter().map(|(range, quality)| (precision(range), *quality));
        let best = matching.filter(|(precision, _)| *precision > 0).max_by_key(|(precision, _)| *precision);
        best.map_or(0.0, |(_, quality)| quality)
    };
    let mut chosen = None;
    for format in offered {
        let quality = quality(format);
        if quality > chosen.map_or(0.0, |(_, best)| best) {
            chosen = Some((*format, quality));
        }
    }
    chosen.map(|(format, _)| format)
}

/// Other names that are in use for a form; a problem is JSON too.
fn is_other_name(format: Format, range: &str) -> bool {
    match format {
        Format::Json => range.eq_ignore_ascii_case("application/problem+json"),
        Format::Ndjson => {
            ["application/ndjson", "application/jsonl"].iter().any(|name| range.eq_ignore_ascii_case(name))
        }
        _ => false,
    }
}

/// A media range without its parameters, and its quality.
fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (range, quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_chooses_among_what_is_offered() {
        let offered = [Format::Json, Format::Csv, Format::GeoJson];
        for (accept, expected) in [
            ("*/*", Some(Format::Json)),
            ("", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            ("text/*", Some(Format::Csv)),
            ("application/geo+json, application/json;q=0.5", Some(Format::GeoJson)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json)),
            ("application/json;q=0, */*;q=0.1", Some(Format::Csv)),
            ("application/problem+json", Some(Format::Json)),
            ("text/calendar", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(best(accept, &offered), expected, "{accept}");
        }
    }
}
