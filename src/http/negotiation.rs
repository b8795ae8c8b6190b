//! Content negotiation by `?format=`, which wins, or `Accept` (RFC 9110 section 12.5.1).

use super::list_header::{self, elements, field_lines, split_parameters, split_weight};
use super::query_params::QueryParams;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

/// A format of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaFormat {
    /// JSON (RFC 8259).
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Newline-delimited JSON: one JSON text per line.
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

impl MediaFormat {
    /// All formats.
    pub const ALL: &'static [Self] =
        &[Self::Json, Self::Csv, Self::Ndjson, Self::GeoJson, Self::Calendar, Self::JsonLd, Self::Atom];

    /// Returns its value of the parameter `format`.
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

    /// Returns its media type without parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
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

    /// Returns its `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Calendar => "text/calendar; charset=utf-8",
            _ => self.media_type(),
        }
    }
}

/// Chooses among the `offered` formats, of which the first is the default.
///
/// # Errors
/// 406 when `Accept` accepts none of them; a fault of the parameter when `format` is not offered.
pub fn negotiate(
    request: &HttpRequest,
    params: &mut QueryParams,
    offered: &[MediaFormat],
) -> Result<MediaFormat> {
    let default = offered.first().copied().unwrap_or(MediaFormat::Json);
    if let Some(name) = params.single("format") {
        let found = offered.iter().copied().find(|format| format.name() == name);
        if found.is_none() {
            let names: Vec<String> = offered.iter().map(|format| format!("`{}`", format.name())).collect();
            params.invalid("format", &name, &format!("one of {}", names.join(", ")));
        }
        return Ok(found.unwrap_or(default));
    }
    best_match(request.headers(), offered).ok_or_else(|| {
        let media: Vec<&str> = offered.iter().map(|format| format.media_type()).collect();
        Problem::new(ErrorCode::NotAcceptable).with_arg("offered", media.join(", "))
    })
}

/// Returns whether `Accept` chooses JSON wherever JSON is offered first.
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(header::ACCEPT);
    match (fields.next(), fields.next()) {
        (None, _) => true,
        (Some(field), None) if matches!(field.as_bytes(), b"" | b"*/*" | b"application/json") => true,
        // Of more forms, none is better than JSON: so of fewer.
        _ => best_match(headers, MediaFormat::ALL) == Some(MediaFormat::Json),
    }
}

/// Returns the offered format of the highest weight, the first among equals. The more specific media range
/// decides.
fn best_match(headers: &HeaderMap, offered: &[MediaFormat]) -> Option<MediaFormat> {
    let ranges: Vec<&str> = field_lines(headers, &header::ACCEPT).flat_map(elements).collect();
    if ranges.is_empty() {
        return offered.first().copied();
    }
    let weight = |format: MediaFormat| {
        let fitting =
            ranges.iter().filter_map(|range| Some((match_precision(format, range)?, split_weight(range).1?)));
        fitting.max().map_or(0, |(_, weight)| weight)
    };
    let mut chosen = None;
    for format in offered {
        let weight = weight(*format);
        if weight > chosen.map_or(0, |(_, best)| best) {
            chosen = Some((*format, weight));
        }
    }
    chosen.map(|(format, _)| format)
}

/// Returns how specifically a media range matches a format; none where it does not. Unknown parameters are
/// ignored; a known one with another value does not match.
fn match_precision(format: MediaFormat, range: &str) -> Option<(u8, u8)> {
    let (name, parameters) = split_parameters(range);
    let (kind, subtype) = if name == "*" { ("*", "*") } else { name.split_once('/')? };
    let (own_kind, own_subtype) = format.media_type().split_once('/')?;
    let is_named = (kind.eq_ignore_ascii_case(own_kind) && subtype.eq_ignore_ascii_case(own_subtype))
        || is_alias(format, name);
    let precision = match (kind, subtype) {
        _ if is_named => 2,
        ("*", "*") => 0,
        (_, "*") if kind.eq_ignore_ascii_case(own_kind) => 1,
        _ => return None,
    };
    let mut same = 0;
    for (name, value) in parameters {
        let (_, mut own) = list_header::split_parameters(format.content_type());
        match own.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, own)) if own.eq_ignore_ascii_case(&value) => same += 1,
            Some(_) => return None,
            None => {}
        }
    }
    Some((precision, same))
}

/// Returns whether a name is another media type in use for a format; problem details count as JSON.
fn is_alias(format: MediaFormat, name: &str) -> bool {
    let names: &[&str] = match format {
        MediaFormat::Json => &["application/problem+json"],
        MediaFormat::Ndjson => &["application/ndjson", "application/jsonl"],
        _ => &[],
    };
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    fn accepting(fields: &[&str]) -> HeaderMap {
        let request = TestRequest::default();
        let request = fields.iter().fold(request, |request, field| request.append_header(("accept", *field)));
        request.to_http_request().headers().clone()
    }

    #[test]
    fn accept_chooses_among_what_is_offered() {
        let offered = [MediaFormat::Json, MediaFormat::Csv, MediaFormat::GeoJson];
        for (accept, expected) in [
            ("*/*", Some(MediaFormat::Json)),
            ("*", Some(MediaFormat::Json)),
            ("", Some(MediaFormat::Json)),
            (" , ", Some(MediaFormat::Json)),
            ("text/csv", Some(MediaFormat::Csv)),
            ("text/*", Some(MediaFormat::Csv)),
            ("TEXT/*", Some(MediaFormat::Csv)),
            ("Text/CSV", Some(MediaFormat::Csv)),
            ("application/geo+json, application/json;q=0.5", Some(MediaFormat::GeoJson)),
            ("application/geo+json;q=0.4, application/json;Q=0.5", Some(MediaFormat::Json)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(MediaFormat::Json)),
            ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", Some(MediaFormat::Json)),
            ("application/json;q=0, */*;q=0.1", Some(MediaFormat::Csv)),
            ("application/problem+json", Some(MediaFormat::Json)),
            ("application/json;profile=\"a,b;q=0\";q=0.2, text/csv;q=0.1", Some(MediaFormat::Json)),
            ("application/json; charset=utf-8", Some(MediaFormat::Json)),
            ("text/csv;header=present", Some(MediaFormat::Csv)),
            ("text/csv;charset=UTF-8;header=\"present\"", Some(MediaFormat::Csv)),
            ("text/csv;header=absent", None),
            ("text/csv;charset=iso-8859-1", None),
            ("text/csv;header=absent, application/json;q=0.1", Some(MediaFormat::Json)),
            ("text/csv;header=present;q=0, text/csv", None),
            ("text/calendar", None),
            ("application/json;q=0", None),
            ("*/*;q=0", None),
            ("json", None),
        ] {
            assert_eq!(best_match(&accepting(&[accept]), &offered), expected, "{accept}");
        }
        let lines = accepting(&["application/json;q=0.1", "text/csv"]);
        assert_eq!(best_match(&lines, &offered), Some(MediaFormat::Csv));
    }

    proptest! {
        #[test]
        fn whoever_prefers_json_gets_it_of_any_offer(
            fields in prop::collection::vec(
                "((\\*/\\*|TEXT/\\*|text/csv|application/(json|ld\\+json|\\*))(;header=absent)?(;[qQ]=(0|0\\.5|1))?, ?){0,4}",
                0..3,
            ),
            others in prop::sample::subsequence(MediaFormat::ALL[1..].to_vec(), 0..6),
        ) {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let headers = accepting(&fields);
            let mut offered = vec![MediaFormat::Json];
            offered.extend(others);
            if prefers_json(&headers) {
                prop_assert_eq!(best_match(&headers, &offered), Some(MediaFormat::Json));
            }
            if offered.len() == MediaFormat::ALL.len() {
                prop_assert_eq!(prefers_json(&headers), best_match(&headers, &offered) == Some(MediaFormat::Json));
            }
        }
    }
}
