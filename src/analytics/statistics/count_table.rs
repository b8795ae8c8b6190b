//! Counts by group, certain and possible, with the dimensions of grouping.

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

/// A dimension of grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// French region that a party is or belongs to.
    Region,
    /// Japanese prefecture that a party is or belongs to.
    Prefecture,
    /// Decade of the beginning.
    Decade,
    /// Theme.
    Theme,
    /// Category.
    Category,
    /// Level of a party.
    Level,
    /// Status.
    Status,
    /// Kind of activity.
    ActivityKind,
    /// Year of the beginning.
    Year,
    /// Direction of a visit.
    Direction,
}

impl Dimension {
    /// Dimensions of partnerships.
    pub const OF_PARTNERSHIPS: &'static [Self] = &[
        Self::Region,
        Self::Prefecture,
        Self::Decade,
        Self::Theme,
        Self::Category,
        Self::Level,
        Self::Status,
    ];
    /// Dimensions of activities, besides the kind of activity.
    pub const OF_ACTIVITY: &'static [Self] = &[Self::Year, Self::Direction, Self::Category];

    /// Returns the code, the heading of the code column in CSV, and the label in French, Japanese and
    /// English.
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

    /// Returns the code, as in parameters and responses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.code_heading_and_label().0
    }

    /// Returns the pointer of the member that decides it, to be reported if missing.
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

    /// Returns the vocabulary of its codes; empty if it has none.
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

    /// Returns the row key of a code.
    #[must_use]
    pub fn key(self, code: &str) -> RowKey {
        RowKey::term(code, self.terms())
    }
}

/// The group of a row in one dimension. Its order is that of the rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// A code: position in its vocabulary, code, label in French, Japanese and English.
    Code(usize, String, [String; 3]),
    /// A record: sort key, id, name.
    Record(String, Id, Text),
    /// The group is unknown.
    Unknown,
}

impl RowKey {
    /// Returns the key of a code of a vocabulary.
    #[must_use]
    pub fn term(code: &str, terms: &[VocabularyTerm]) -> Self {
        let place = terms.iter().position(|term| term.code == code);
        let label = place.and_then(|place| terms.get(place)).map(|term| term.label.map(str::to_owned));
        let label = label.unwrap_or_else(|| std::array::from_fn(|_| code.to_owned()));
        Self::Code(place.unwrap_or(usize::MAX), code.to_owned(), label)
    }

    /// Returns the key of a partial date.
    #[must_use]
    pub fn date(edtf: &str) -> Self {
        let label = PartialDate::parse(edtf).map(|date| date.edtf().label());
        Self::Code(0, edtf.to_owned(), label.unwrap_or_default())
    }

    /// Returns the key of a record.
    #[must_use]
    pub fn record(id: Id, name: Option<&Text>) -> Self {
        let name = name.cloned().unwrap_or_default();
        let french_name = name.in_language(crate::domain::language::Language::Fr);
        Self::Record(folding::collation_key(french_name), id, name.clone())
    }

    /// Returns whether the group is unknown.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// Returns the JSON of the key.
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

/// Counted units by the keys of their rows.
#[derive(Debug, Default)]
pub struct CountTable {
    rows: BTreeMap<Vec<RowKey>, CountedUnits>,
    total_units: CountedUnits,
}

/// Keys of the counted units, and whether each is certain.
type CountedUnits = BTreeMap<Vec<Id>, bool>;

fn count_by_certainty(units: &CountedUnits) -> (usize, usize) {
    let certain = units.values().filter(|certain| **certain).count();
    (certain, units.len() - certain)
}

impl CountTable {
    /// Counts a unit in every combination of its keys per dimension. A unit added twice counts once, and is
    /// certain if either is.
    pub fn add(&mut self, keys: &[Vec<RowKey>], unit: Vec<Id>, certain: bool) {
        let mut combined: Vec<Vec<RowKey>> = vec![vec![]];
        for keys in keys {
            let all = combined.iter().flat_map(|row| keys.iter().map(move |key| (row, key)));
            combined = all.map(|(row, key)| [row.as_slice(), std::slice::from_ref(key)].concat()).collect();
        }
        for row in combined {
            let is_certain = self.rows.entry(row).or_default().entry(unit.clone()).or_default();
            *is_certain |= certain;
        }
        *self.total_units.entry(unit).or_default() |= certain;
    }

    /// Returns the rows in order: keys, number of certain and of possible units.
    #[must_use]
    pub fn rows(&self) -> Vec<(&[RowKey], (usize, usize))> {
        self.rows.iter().map(|(keys, units)| (keys.as_slice(), count_by_certainty(units))).collect()
    }

    /// Returns the number of distinct certain and possible units.
    #[must_use]
    pub fn total(&self) -> (usize, usize) {
        count_by_certainty(&self.total_units)
    }

    /// Returns whether some unit is in several rows, so that the rows add up to more than the total.
    #[must_use]
    pub fn is_overlapping(&self) -> bool {
        self.rows.values().map(CountedUnits::len).sum::<usize>() > self.total_units.len()
    }

    /// Returns the JSON of the rows.
    #[must_use]
    pub fn rows_json(&self, by: &[Dimension]) -> Vec<Value> {
        let row = |(keys, (count, possible)): (&[RowKey], (usize, usize))| {
            let keys: Vec<Value> = keys.iter().zip(by).map(|(key, by)| key.to_json(*by)).collect();
            json!({"keys": keys, "count": count, "possible": possible})
        };
        self.rows().into_iter().map(row).collect()
    }
}
