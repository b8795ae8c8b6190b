//! What the registry holds: the kinds, what each says of itself, and the engine that serves them all alike.

pub mod authorities;
pub mod checks;
pub mod collection;
pub mod content;
pub mod engine;
pub mod events;
pub mod filter;
pub mod frameworks;
pub mod good_practices;
pub mod memoranda;
pub mod organisations;
pub mod partner_requests;
pub mod partnerships;
pub mod people;
pub mod publications;
pub mod rencontres;
pub mod sessions;
pub mod shelf;
pub mod sources;
pub mod store;
pub mod validity;
pub mod visits;
pub mod vocabularies;

pub use checks::Validation;
pub use shelf::{Definition, RecordType};

use crate::vocabulary::Kind;

impl Kind {
    /// What leads from a kind's name to what that kind alone knows.
    #[must_use]
    pub fn definition(self) -> &'static dyn Definition {
        match self {
            Self::Source => shelf::definition_of::<sources::Source>(),
            Self::Authority => shelf::definition_of::<authorities::Authority>(),
            Self::Partnership => shelf::definition_of::<partnerships::Partnership>(),
            Self::Organisation => shelf::definition_of::<organisations::Organisation>(),
            Self::Person => shelf::definition_of::<people::Person>(),
            Self::Memorandum => shelf::definition_of::<memoranda::Memorandum>(),
            Self::Visit => shelf::definition_of::<visits::Visit>(),
            Self::Rencontre => shelf::definition_of::<rencontres::Rencontre>(),
            Self::Session => shelf::definition_of::<sessions::Session>(),
            Self::GoodPractice => shelf::definition_of::<good_practices::GoodPractice>(),
            Self::Publication => shelf::definition_of::<publications::Publication>(),
            Self::Framework => shelf::definition_of::<frameworks::Framework>(),
            Self::Event => shelf::definition_of::<events::Event>(),
            Self::PartnerRequest => shelf::definition_of::<partner_requests::PartnerRequest>(),
        }
    }
}
