//! Text cut to a number of characters.

use std::borrow::Cow;

/// At most so many characters of a text, with a mark where more follow.
#[must_use]
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}
