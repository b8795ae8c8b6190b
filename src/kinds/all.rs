//! The definition of a kind, looked up by [`Kind`].

use super::definition::Definition;
use super::{
    authorities, definition, events, frameworks, good_practices, memoranda, organisations, partner_requests,
    partnerships, people, publications, rencontres, sessions, sources, visits,
};
use crate::domain::kind::Kind;

impl Kind {
    /// Returns the definition of this kind.
    #[must_use]
    pub fn definition(self) -> &'static dyn Definition {
        match self {
            Self::Source => definition::definition_of::<sources::model::Source>(),
            Self::Authority => definition::definition_of::<authorities::model::Authority>(),
            Self::Partnership => definition::definition_of::<partnerships::model::Partnership>(),
            Self::Organisation => definition::definition_of::<organisations::model::Organisation>(),
            Self::Person => definition::definition_of::<people::model::Person>(),
            Self::Memorandum => definition::definition_of::<memoranda::model::Memorandum>(),
            Self::Visit => definition::definition_of::<visits::model::Visit>(),
            Self::Rencontre => definition::definition_of::<rencontres::model::Rencontre>(),
            Self::Session => definition::definition_of::<sessions::model::Session>(),
            Self::GoodPractice => definition::definition_of::<good_practices::model::GoodPractice>(),
            Self::Publication => definition::definition_of::<publications::model::Publication>(),
            Self::Framework => definition::definition_of::<frameworks::model::Framework>(),
            Self::Event => definition::definition_of::<events::model::Event>(),
            Self::PartnerRequest => definition::definition_of::<partner_requests::model::PartnerRequest>(),
        }
    }
}
