//! Rows of counts: what each stands for, and how much is in it.

use crate::db::types::Id;
use crate::domain::folding;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::partnership::{PartnershipCategory, PartnershipStatus};
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::visit::Direction;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// By what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The French region at or above a party.
    Region,
    /// The Japanese prefecture at or above a party.
    Prefecture,
    /// The decade of the beginning.
    Decade,
    /// A field of cooperation.
    Theme,
    /// The form.
    Category,
    /// The level of a party.
    Level,
    /// How it stands.
    Status,
    /// What happened.
    ActivityKind,
    /// The year.
    Year,
    /// Which way.
    Direction,
}

impl Dimension {
    /// Those of partnerships.
    pub const OF_PARTNERSHIPS: &'static [Self] = &[
        Self::Region,
        Self::Prefecture,
        Self::Decade,
        Self::Theme,
        Self::Category,
        Self::Level,
        Self::Status,
    ];
    /// Those of activity.
    pub const OF_ACTIVITY: &'static [Self] = &[Self::Year, Self::Direction, Self::Category];

    /// Its code, the heading of its codes in a table, and its name in French, Japanese and English.
    #[must_use]
    pub const fn code_heading_and_label(self) -> (&'static str, &'static str, [&'static str; 3]) {
        match self {
            Self::Region => ("region", "region_code", ["région", "地域圏", "region"]),
            Self::Prefecture => ("prefecture", "prefecture_code", ["préfecture", "都道府県", "prefecture"]),
            Self::Decade => ("decade", "decade_code", ["décennie", "年代", "decade"]),
            Self::Theme => ("theme", "theme_code", ["thème", "分野", "theme"]),
            Self::Category => ("category", "category_code", ["forme", "種類", "category"]),
            Self::Level => ("level", "level_code", ["niveau", "階層", "level"]),
            Self::Status => ("status", "status_code", ["état", "状況", "status"]),
            Self::ActivityKind => ("what", "what_code", ["quoi", "事項", "what"]),
            Self::Year => ("year", "year_code", ["année", "年", "year"]),
            Self::Direction => ("direction", "direction_code", ["sens", "方向", "direction"]),
        }
    }

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code_heading_and_label().0
    }

    /// The member that decides it, for what is missing.
    #[must_use]
    pub const fn deciding_member(self) -> &'static str {
        match self {
            Self::Region | Self::Prefecture | Self::Level => "/parties/authority",
            Self::Decade => "/since",
            Self::Theme => "/themes",
            Self::Category => "/category",
            Self::Status => "/status",
            Self::ActivityKind => "/kind",
            Self::Year => "/dates",
            Self::Direction => "/direction",
        }
    }

    /// The codes it may have.
    fn terms(self) -> &'static [VocabularyTerm] {
        match self {
            Self::Theme => Theme::TERMS,
            Self::Category => PartnershipCategory::TERMS,
            Self::Level => AuthorityLevel::TERMS,
            Self::Status => PartnershipStatus::TERMS,
            Self::Direction => Direction::TERMS,
            _ => &[],
        }
    }

    /// The key of a code.
    #[must_use]
    pub fn key(self, code: &str) -> RowKey {
        RowKey::term(code, self.terms())
    }
}

/// What a row stands for, in one dimension. The order is that of the rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A code: its place in its list, itself, its label.
    Code(usize, String, [String; 3]),
    /// A record: its sort key, id, and name as JSON.
    Record(String, Id, Text),
    /// Not known.
    Unknown,
}

impl RowKey {
    /// The key of a code out of a vocabulary.
    #[must_use]
    pub fn term(code: &str, terms: &[VocabularyTerm]) -> Self {
        let place = terms.iter().position(|term| term.code == code);
        let label = place.and_then(|place| terms.get(place)).map(|term| term.label.map(str::to_owned));
        let label = label.unwrap_or_else(|| std::array::from_fn(|_| code.to_owned()));
        Self::Code(place.unwrap_or(usize::MAX), code.to_owned(), label)
    }

    /// The key of a partial date.
    #[must_use]
    pub fn date(edtf: &str) -> Self {
        let label = PartialDate::parse(edtf).map(|date| date.edtf().label());
        Self::Code(0, edtf.to_owned(), label.unwrap_or_default())
    }

    /// The key of a record.
    #[must_use]
    pub fn record(id: Id, name: Option<&Text>) -> Self {
        let name = name.cloned().unwrap_or_default();
        let shown = name.in_language(crate::domain::language::Language::Fr);
        Self::Record(folding::collation_key(shown), id, name.clone())
    }

    /// Whether it stands for what is not known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// The key as answered.
    #[must_use]
    pub fn to_json(&self, dimension: Dimension) -> Value {
        let mut key = Map::new();
        key.insert("dimension".into(), dimension.code().into());
        let (code, label) = match self {
            Self::Code(_, code, [fr, ja, en]) => {
                (code.as_str().into(), json!({"fr": fr, "ja": ja, "en": en}))
            }
            Self::Record(_, id, name) => {
                key.insert("record".into(), crate::analytics::references::authority_reference(*id, name));
                (Value::Null, name.to_label())
            }
            Self::Unknown => (Value::Null, json!({"fr": "non renseigné", "ja": "不明", "en": "unknown"})),
        };
        key.insert("code".into(), code);
        key.insert("label".into(), label);
        key.into()
    }
}

/// Units counted, by the keys of their rows.
#[derive(Debug, Default)]
pub struct CountTable {
    rows: BTreeMap<Vec<RowKey>, CountedUnits>,
    total_units: CountedUnits,
}

/// What is counted, and whether certainly.
type CountedUnits = BTreeMap<Vec<Id>, bool>;

fn count_by_certainty(units: &CountedUnits) -> (usize, usize) {
    let certain = units.values().filter(|certain| **certain).count();
    (certain, units.len() - certain)
}

impl CountTable {
    /// Counts a unit in every row of its keys. What is counted twice is certain if it is once.
    pub fn add(&mut self, keys: &[Vec<RowKey>], unit: Vec<Id>, certain: bool) {
        let mut combined: Vec<Vec<RowKey>> = vec![vec![]];
        for keys in keys {
            let all = combined.iter().flat_map(|row| keys.iter().map(move |key| (row, key)));
            combined = all.map(|(row, key)| [row.as_slice(), std::slice::from_ref(key)].concat()).collect();
        }
        for row in combined {
            let held = self.rows.entry(row).or_default().entry(unit.clone()).or_default();
            *held |= certain;
        }
        *self.total_units.entry(unit).or_default() |= certain;
    }

    /// The rows in order: keys, what is certain, what is possible.
    #[must_use]
    pub fn rows(&self) -> Vec<(&[RowKey], (usize, usize))> {
        self.rows.iter().map(|(keys, units)| (keys.as_slice(), count_by_certainty(units))).collect()
    }

    /// Each unit once: what is certain, what is possible.
    #[must_use]
    pub fn total(&self) -> (usize, usize) {
        count_by_certainty(&self.total_units)
    }

    /// Whether something stands in several rows, so that they add up to more than the total.
    #[must_use]
    pub fn is_overlapping(&self) -> bool {
        self.rows.values().map(CountedUnits::len).sum::<usize>() > self.total_units.len()
    }

    /// The rows as answered.
    #[must_use]
    pub fn rows_json(&self, by: &[Dimension]) -> Vec<Value> {
        let row = |(keys, (count, possible)): (&[RowKey], (usize, usize))| {
            let keys: Vec<Value> = keys.iter().zip(by).map(|(key, by)| key.to_json(*by)).collect();
            json!({"keys": keys, "count": count, "possible": possible})
        };
        self.rows().into_iter().map(row).collect()
    }
}
