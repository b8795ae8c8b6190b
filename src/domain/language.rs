//! The three languages of the API's own texts, and language negotiation (RFC 4647 ranges).

/// A language of the API's own texts: error messages, labels, rendered formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// French.
    Fr,
    /// Japanese.
    Ja,
    /// English, the default.
    #[default]
    En,
}

impl Language {
    /// All three, in the order of labels.
    pub const ALL: [Self; 3] = [Self::Fr, Self::Ja, Self::En];

    /// Returns the BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// Returns the language of a BCP 47 tag or range (`fr-FR` is French); `None` for any other language.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// Returns the language with the highest weight in a list of language ranges (RFC 4647) with weights in
    /// thousandths; of equal weights the first, and English where no range fits.
    ///
    /// `fr` decides about French; `fr-CA` and `*` count only where it is missing.
    #[must_use]
    pub fn negotiate(ranges: &[(&str, u16)]) -> Self {
        let among = |fits: &dyn Fn(&str) -> bool| {
            let fitting = ranges.iter().enumerate().filter(|(_, (range, _))| fits(range));
            // The first of the highest weight.
            fitting.rev().map(|(place, (_, weight))| (*weight, place)).max_by_key(|(weight, _)| *weight)
        };
        let weight = |language: Self| {
            among(&|range| range.eq_ignore_ascii_case(language.tag()))
                .or_else(|| among(&|range| Self::from_tag(range) == Some(language)))
                .or_else(|| among(&|range| range == "*"))
        };
        let mut best = (0, 0, Self::default());
        for language in [Self::En, Self::Fr, Self::Ja] {
            if let Some((weight, place)) = weight(language)
                && weight > 0
                && (weight > best.0 || (weight == best.0 && place < best.1))
            {
                best = (weight, place, language);
            }
        }
        best.2
    }

    /// Returns the item of `[fr, ja, en]` in this language.
    #[must_use]
    pub const fn pick(self, [fr, ja, en]: [&str; 3]) -> &str {
        match self {
            Self::Fr => fr,
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        use Language::{En, Fr, Ja};
        for (ranges, expected) in [
            (&[("de", 1000), ("fr-CA", 800), ("ja", 900)][..], Ja),
            (&[("fr", 0), ("*", 1000)], En),
            (&[("en", 0), ("*", 1000)], Fr),
            (&[("en", 0), ("fr", 0)], En),
            (&[], En),
            (&[("ja", 100), ("fr", 1000)], Fr),
            (&[("ja", 1000), ("fr", 1000)], Ja),
            (&[("fr-CA", 0), ("fr", 500)], Fr),
            (&[("FR-be", 500), ("*", 100)], Fr),
            (&[("zh-Hant", 1000), ("ja-JP", 100)], Ja),
            (&[("zh-Hant", 1000)], En),
            (&[("*", 500), ("ja", 400)], En),
        ] {
            assert_eq!(Language::negotiate(ranges), expected, "{ranges:?}");
        }
    }
}
