//! The filters of a search: kinds, countries, themes, years.

use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;

/// What hits must be, beside having the words. A list that is empty asks nothing.
#[derive(Debug, Clone, Default)]
pub struct SearchFilters {
    /// Of one of these kinds.
    pub kinds: Vec<Kind>,
    /// Of one of these countries.
    pub countries: Vec<String>,
    /// With one of these themes, or one below it.
    pub themes: Vec<String>,
    /// Begun or taken place, possibly, in one of these spans.
    pub years: Vec<PartialDate>,
}

/// The themes and those above them.
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
