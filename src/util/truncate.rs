//! Text cut to a number of characters.

use std::borrow::Cow;

/// Returns at most `max_chars` characters of a text, followed by `…` where it was cut.
#[must_use]
pub fn truncate(text: &str, max_chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}
