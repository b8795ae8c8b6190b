//! Partnerships as counting reads them: parties, dates, themes, criteria.

use crate::db::types::Id;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::partnership::Answer;
use std::collections::HashMap;

/// A party of a partnership.
#[derive(Debug, Clone)]
pub struct CountedParty {
    /// The authority.
    pub id: Id,
    /// Its country.
    pub country: String,
    /// Its level.
    pub level: String,
    /// The French region or Japanese prefecture at or above it.
    pub region_or_prefecture: Option<Id>,
}

/// A partnership.
#[derive(Debug, Clone)]
pub struct CountedPartnership {
    /// The record.
    pub id: Id,
    /// What it is called.
    pub name: Text,
    /// Its form.
    pub category: String,
    /// How it stands.
    pub status: String,
    /// Whether it is neither ended nor superseded.
    pub is_open: bool,
    /// Whether it is said to go on.
    pub is_active: bool,
    /// Since when it exists.
    pub since: Option<PartialDate>,
    /// Until when it existed.
    pub until: Option<PartialDate>,
    /// When something was last done.
    pub last_activity: Option<PartialDate>,
    /// Whom it joins.
    pub parties: Vec<CountedParty>,
    /// Its fields.
    pub themes: Vec<String>,
    /// What is known of CLAIR's criteria.
    pub criteria: [Option<Answer>; 3],
}

/// Partnerships with the names of the authorities around them.
#[derive(Debug, Clone, Default)]
pub struct Partnerships {
    /// The partnerships, in the order of their ids.
    pub all: Vec<CountedPartnership>,
    /// Names of parties, regions and prefectures.
    pub names: HashMap<Id, Text>,
}
