//! Controlled vocabularies (after SKOS) and the macro that declares one.

use super::term::VocabularyTerm;
use crate::domain::body_field::{BodyPath, require};
use crate::domain::errors::fault_list::FaultList;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// A vocabulary as `GET /v1/vocabularies` publishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularyEntry {
    /// Last segment of `/v1/vocabularies/{name}`.
    pub name: &'static str,
    /// Title in French, Japanese and English, in this order.
    pub title: [&'static str; 3],
    /// Its terms, in the order in which forms should offer them.
    pub terms: &'static [VocabularyTerm],
}

/// A controlled vocabulary, declared by `vocabulary!` as an enum.
pub trait Vocabulary: Copy + Eq + 'static {
    /// Last segment of `/v1/vocabularies/{name}`.
    const NAME: &'static str;
    /// Title in French, Japanese and English, in this order.
    const TITLE: [&'static str; 3];
    /// The terms, in the order of [`Self::ALL`].
    const TERMS: &'static [VocabularyTerm];
    /// Every value, in the order of the list.
    const ALL: &'static [Self];

    /// Returns the term of this value.
    fn term(self) -> &'static VocabularyTerm;

    /// Returns the code in records.
    fn code(self) -> &'static str {
        self.term().code
    }

    /// Returns the value of a code, which is case-sensitive.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }

    /// Returns the value that is next broader in the hierarchy, if any.
    fn broader(self) -> Option<Self> {
        Self::from_code(self.term().broader?)
    }

    /// Returns the value itself and all narrower ones, at any depth, in the order of [`Self::ALL`].
    fn with_narrower(self) -> impl Iterator<Item = Self> {
        let is_within = move |value: &Self| {
            std::iter::successors(Some(*value), |value| value.broader()).any(|broader| broader == self)
        };
        Self::ALL.iter().copied().filter(is_within)
    }
}

/// Reads a code from a body; the error for an unknown code suggests the most probable one.
pub(super) fn read<T: Vocabulary>(
    value: Option<Value>,
    at: &BodyPath<'_>,
    faults: &mut FaultList,
) -> Option<T> {
    let Value::String(code) = require(value, at, faults)? else { return faults.wrong_type(at, "string") };
    let known = T::from_code(&code);
    if known.is_none() {
        faults.unknown_term(at, &code, T::NAME, T::TERMS);
    }
    known
}

/// Returns the schema of a code: a string with `enum`.
pub(super) fn schema<T: Vocabulary>() -> RefOr<Schema> {
    let (name, [_, _, title]) = (T::NAME, T::TITLE);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!(
            "A code of the vocabulary `{name}` ({title}), labelled at `/v1/vocabularies/{name}`."
        )))
        .enum_values(Some(T::TERMS.iter().map(|term| term.code)))
        .examples(T::TERMS.first().map(|term| term.code))
        .into()
}

/// Declares an enum that is a [`Vocabulary`]: name and title, then one line per code with its labels, each in
/// French, Japanese and English.
macro_rules! vocabulary {
    (@maybe) => { None };
    (@maybe $value:literal) => { Some($value) };
    (@schema $name:ident) => { stringify!($name) };
    (@schema $name:ident $schema:literal) => { $schema };
    (
        $(#[$doc:meta])*
        $name:ident $(as $schema:literal)? = $path:literal, $title_fr:literal, $title_ja:literal, $title_en:literal {
            $($variant:ident = $code:literal, $fr:literal, $ja:literal, $en:literal
                $(, broader: $broader:literal)? $(, sdg: [$($sdg:literal),+])?;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $en] $variant,)+
        }

        impl $name {
            const fn entry(self) -> &'static $crate::domain::vocabularies::term::VocabularyTerm {
                match self {
                    $(Self::$variant => &$crate::domain::vocabularies::term::VocabularyTerm {
                        code: $code,
                        label: [$fr, $ja, $en],
                        broader: vocabulary!(@maybe $($broader)?),
                        sdg: &[$($($sdg),+)?],
                    },)+
                }
            }
        }

        impl $crate::domain::vocabularies::vocabulary::Vocabulary for $name {
            const NAME: &'static str = $path;
            const TITLE: [&'static str; 3] = [$title_fr, $title_ja, $title_en];
            const TERMS: &'static [$crate::domain::vocabularies::term::VocabularyTerm] = &[$(*Self::$variant.entry()),+];
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn term(self) -> &'static $crate::domain::vocabularies::term::VocabularyTerm {
                self.entry()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.entry().code)
            }
        }

        impl $crate::domain::body_field::BodyField for $name {
            fn read(
                value: Option<serde_json::Value>,
                at: &$crate::domain::body_field::BodyPath<'_>,
                faults: &mut $crate::domain::errors::fault_list::FaultList,
            ) -> Option<Self> {
                $crate::domain::vocabularies::vocabulary::read(value, at, faults)
            }

            fn walk(&mut self, at: &$crate::domain::body_field::BodyPath<'_>, visitor: &mut dyn $crate::domain::body_field::Visitor) {
                visitor.code(at, self.entry().code);
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::domain::vocabularies::vocabulary::schema::<Self>()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                vocabulary!(@schema $name $($schema)?).into()
            }
        }
    };
}
pub(crate) use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::errors::codes::ErrorCode;
    use crate::domain::vocabularies::authority::{Country, LanguageCode};
    use crate::domain::vocabularies::figure::Side;
    use crate::domain::vocabularies::list::VOCABULARIES;
    use crate::domain::vocabularies::partnership::{MemorandumCategory, PartnershipCategory};
    use crate::domain::vocabularies::rencontre::RencontreStatus;
    use crate::domain::vocabularies::role::Role;
    use crate::domain::vocabularies::theme::Theme;
    use serde_json::json;
    use std::collections::{HashMap, HashSet};
    use utoipa::PartialSchema;

    fn terms() -> impl Iterator<Item = (&'static str, &'static VocabularyTerm)> {
        VOCABULARIES.iter().flat_map(|entry| entry.terms.iter().map(|term| (entry.name, term)))
    }

    fn round_trip<V: Vocabulary>() {
        assert_eq!(V::ALL.len(), V::TERMS.len(), "{}", V::NAME);
        assert!(V::ALL.iter().all(|value| V::from_code(value.code()) == Some(*value)), "{}", V::NAME);
        assert!(V::ALL.iter().zip(V::TERMS).all(|(value, term)| value.term() == term), "{}", V::NAME);
    }

    #[test]
    fn vocabularies_are_listed_once_by_name() {
        assert!(VOCABULARIES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn codes_are_unique_and_plain() {
        let mut seen = HashSet::new();
        for (name, term) in terms() {
            assert!(seen.insert((name, term.code)), "{name}: {} twice", term.code);
            let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            let tag = matches!(name, "countries" | "languages");
            assert!(tag || term.code.chars().all(snake), "{name}: {}", term.code);
        }
    }

    #[test]
    fn every_label_is_there_trimmed_and_its_own() {
        let titles = VOCABULARIES.iter().map(|entry| (entry.name, "", entry.title));
        let labels = terms().map(|(name, term)| (name, term.code, term.label));
        let mut seen = HashSet::new();
        for (name, code, texts) in titles.chain(labels) {
            for (language, text) in texts.into_iter().enumerate() {
                assert!(!text.is_empty() && text.trim() == text, "{name}: {code}");
                assert!(code.is_empty() || seen.insert((name, language, text)), "{name}: {text} twice");
            }
        }
    }

    #[test]
    fn japanese_labels_are_japanese() {
        let latin_only = terms().filter(|(_, term)| term.label.get(1).is_some_and(|ja| ja.is_ascii()));
        assert_eq!(latin_only.map(|(_, term)| term.code).collect::<Vec<_>>(), Vec::<&str>::new());
    }

    #[test]
    fn broader_resolves_without_a_cycle() {
        let index: HashMap<_, _> = terms().map(|(name, term)| ((name, term.code), term)).collect();
        for (name, term) in terms() {
            let steps = std::iter::successors(Some(term), |term| {
                term.broader.and_then(|code| index.get(&(name, code)).copied())
            });
            assert!(steps.take(9).count() < 9, "{name}: {} is in a cycle", term.code);
            assert!(
                term.broader.is_none_or(|code| index.contains_key(&(name, code))),
                "{name}: {}",
                term.code
            );
        }
    }

    #[test]
    fn a_broader_theme_has_its_narrower_ones() {
        assert!(Theme::Environment.with_narrower().any(|theme| theme == Theme::Climate));
        assert_eq!(Theme::Climate.with_narrower().collect::<Vec<_>>(), [Theme::Climate]);
    }

    #[test]
    fn goals_are_goals() {
        let goal = |sdg: &&str| {
            sdg.split('.').next().and_then(|n| n.parse().ok()).is_some_and(|n: u8| (1..=17).contains(&n))
        };
        assert!(terms().flat_map(|(_, term)| term.sdg).all(goal));
    }

    #[test]
    fn codes_round_trip() {
        round_trip::<Theme>();
        round_trip::<Role>();
        round_trip::<LanguageCode>();
        round_trip::<RencontreStatus>();
        assert_eq!(Theme::from_code("Climate"), None);
    }

    #[test]
    fn shared_forms_have_the_same_labels() {
        for term in PartnershipCategory::TERMS {
            assert!(MemorandumCategory::TERMS.contains(term), "{}", term.code);
        }
    }

    #[test]
    fn bodies_hold_codes() {
        let mut faults = FaultList::default();
        assert_eq!(read(Some(json!("ja-Hira")), &BodyPath::Root, &mut faults), Some(LanguageCode::JaHira));
        assert_eq!(json!([LanguageCode::JaHira, Country::France]), json!(["ja-Hira", "FR"]));
        assert_eq!(read::<RencontreStatus>(Some(json!("helt")), &BodyPath::Root, &mut faults), None);
        assert_eq!(read::<RencontreStatus>(Some(json!(8)), &BodyPath::Root, &mut faults), None);
        assert_eq!(
            faults.reported().iter().map(|fault| fault.code).collect::<Vec<_>>(),
            [ErrorCode::UnknownCode, ErrorCode::WrongType]
        );
        assert!(faults.reported()[0].args.contains(&("nearest", "held".to_owned())));
    }

    #[test]
    fn the_schema_lists_the_codes() {
        assert_eq!(
            serde_json::to_value(Side::schema()).ok(),
            Some(json!({
                "type": "string",
                "description": "A code of the vocabulary `sides` (sides counted), labelled at `/v1/vocabularies/sides`.",
                "enum": ["fr", "jp", "total"],
                "examples": ["fr"],
            }))
        );
    }
}
