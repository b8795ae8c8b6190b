//! Partnerships as the counting rules read them: parties, dates, themes, criteria.

use crate::db::types::Id;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::partnership::Answer;
use std::collections::HashMap;

/// An authority that is a party of a partnership.
#[derive(Debug, Clone)]
pub struct CountedParty {
    /// Id of the authority.
    pub id: Id,
    /// Code of its country.
    pub country: String,
    /// Code of its level.
    pub level: String,
    /// The French region or Japanese prefecture that it is or belongs to.
    pub region_or_prefecture: Option<Id>,
}

/// A partnership to be counted.
#[derive(Debug, Clone)]
pub struct CountedPartnership {
    /// Id of the record.
    pub id: Id,
    /// Name of the record.
    pub name: Text,
    /// Code of its category.
    pub category: String,
    /// Code of its status.
    pub status: String,
    /// Whether it is neither ended nor superseded.
    pub is_open: bool,
    /// Whether its status is `active`.
    pub is_active: bool,
    /// Date of its beginning.
    pub since: Option<PartialDate>,
    /// Date of its end.
    pub until: Option<PartialDate>,
    /// Date of its last known activity.
    pub last_activity: Option<PartialDate>,
    /// Its parties.
    pub parties: Vec<CountedParty>,
    /// Codes of its themes.
    pub themes: Vec<String>,
    /// Recorded answers to CLAIR's criteria, in the order of
    /// [`CLAIR_CRITERIA`](super::counting_rules::CLAIR_CRITERIA).
    pub criteria: [Option<Answer>; 3],
}

/// Partnerships with the names of the authorities they involve.
#[derive(Debug, Clone, Default)]
pub struct Partnerships {
    /// The partnerships, in the order of their ids.
    pub all: Vec<CountedPartnership>,
    /// Names of the parties and of their regions and prefectures.
    pub names: HashMap<Id, Text>,
}
