//! The topics of statistics with their labels, dimensions and counting rules.

use super::count_table::Dimension;
use super::{activity, counting_rules, participation};

/// A topic of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Partnerships, by a counting rule.
    Partnerships,
    /// Participants of the editions.
    Participation,
    /// Visits, signed texts, editions and events by year.
    Activity,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 3] = [Self::Partnerships, Self::Participation, Self::Activity];

    /// Returns the name, the last segment of `/v1/statistics/{topic}`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Partnerships => "partnerships",
            Self::Participation => "participation",
            Self::Activity => "activity",
        }
    }

    /// Returns the label in French, Japanese and English.
    #[must_use]
    pub const fn label(self) -> [&'static str; 3] {
        match self {
            Self::Partnerships => ["Partenariats", "提携", "Partnerships"],
            Self::Participation => {
                ["Participation aux Rencontres", "会議への参加", "Participation in the editions"]
            }
            Self::Activity => ["Activité", "活動", "Activity"],
        }
    }

    /// Returns the dimensions by which it can be grouped.
    #[must_use]
    pub const fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Partnerships => Dimension::OF_PARTNERSHIPS,
            Self::Participation => &[],
            Self::Activity => Dimension::OF_ACTIVITY,
        }
    }

    /// Returns its counting rules, default first: code, and description in French, Japanese and English.
    #[must_use]
    pub fn counting_rules(self) -> Vec<(&'static str, [&'static str; 3])> {
        match self {
            Self::Partnerships => {
                counting_rules::CountingRule::ALL.map(|rule| (rule.code(), rule.description())).to_vec()
            }
            Self::Participation => vec![("stated", participation::RULE)],
            Self::Activity => vec![("dated", activity::RULE)],
        }
    }
}
