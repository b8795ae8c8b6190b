//! The filters of a search: kinds, countries, themes, years.

use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;

/// Filters of a search. An empty list does not filter.
#[derive(Debug, Clone, Default)]
pub struct SearchFilters {
    /// Kinds, any of which matches.
    pub kinds: Vec<Kind>,
    /// Country codes, any of which matches.
    pub countries: Vec<String>,
    /// Theme codes; each also matches narrower themes.
    pub themes: Vec<String>,
    /// Spans, one of which the record's date must possibly overlap.
    pub years: Vec<PartialDate>,
}

/// Returns the theme codes with all broader ones appended, each once.
pub(super) fn with_broader(mut codes: Vec<String>) -> Vec<String> {
    let mut done = 0;
    while let Some(theme) = codes.get(done).and_then(|code| Theme::from_code(code)) {
        let broader =
            theme.broader().map(Theme::code).filter(|broader| !codes.iter().any(|code| code == broader));
        codes.extend(broader.map(str::to_owned));
        done += 1;
    }
    codes
}
