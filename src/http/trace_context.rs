//! The `traceparent` header (W3C Trace Context, level 1).

use actix_web::http::header::{HeaderMap, HeaderName};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The position of a request in a distributed trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TraceContext {
    /// The trace id: 32 hexadecimal digits.
    pub trace: String,
    /// The id of the caller's span: 16 hexadecimal digits.
    pub parent: String,
    /// The id of this request's span: 16 hexadecimal digits, generated.
    pub span: String,
}

/// Reads `traceparent`; none where it is malformed.
#[must_use]
pub(super) fn from_headers(headers: &HeaderMap) -> Option<TraceContext> {
    let mut given = headers.get_all(&TRACEPARENT);
    let value = given.next().filter(|_| given.next().is_none())?.to_str().ok()?;
    let mut parts = value.split('-');
    let version = parse_hex(parts.next()?, 2).filter(|version| *version != "ff")?;
    let id = parse_hex(parts.next()?, 32).filter(|id| id.bytes().any(|digit| digit != b'0'))?;
    let parent = parse_hex(parts.next()?, 16).filter(|id| id.bytes().any(|digit| digit != b'0'))?;
    parse_hex(parts.next()?, 2)?;
    // A later version may say more behind.
    if version == "00" && parts.next().is_some() {
        return None;
    }
    // Each state of that name has keys of its own.
    let span = RandomState::new().build_hasher().finish().max(1);
    Some(TraceContext { trace: id.into(), parent: parent.into(), span: format!("{span:016x}") })
}

fn parse_hex(text: &str, count: usize) -> Option<&str> {
    let are_right = text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    (text.len() == count && are_right).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn read(value: &'static str) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        headers.append(TRACEPARENT.clone(), HeaderValue::from_static(value));
        from_headers(&headers)
    }

    #[test]
    fn a_trace_is_read_and_its_span_is_new() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (one, other) = (read(text).unwrap(), read(text).unwrap());
        assert_eq!(one.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(one.parent, "00f067aa0ba902b7");
        assert!(parse_hex(&one.span, 16).is_some() && one.span != other.span);
        assert!(read("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
    }

    #[test]
    fn what_is_not_well_formed_is_ignored() {
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
