//! The three languages in which the API itself speaks, and how one is chosen for a request.

/// A language of the API's own words: problem texts, labels, rendered formats.
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
    /// All three, in the order in which labels list them.
    pub const ALL: [Self; 3] = [Self::Fr, Self::Ja, Self::En];

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of a BCP 47 tag or range (`fr-FR` is French); none for any other language.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The best match for an `Accept-Language` field (RFC 9110 12.5.4); English where nothing matches.
    #[must_use]
    pub fn negotiate(accept: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in accept.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
            let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0_f32), |q| q.trim().parse().ok());
            if let (Some(language), Some(weight)) = (Self::from_tag(tag.trim()), weight)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The text of `[fr, ja, en]` in this language.
    #[must_use]
    pub const fn of(self, [fr, ja, en]: [&str; 3]) -> &str {
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
        assert_eq!(Language::negotiate("de, fr-CA;q=0.8, ja;q=0.9"), Language::Ja);
        assert_eq!(Language::negotiate("fr;q=0, *"), Language::En);
        assert_eq!(Language::negotiate(""), Language::En);
    }
}
