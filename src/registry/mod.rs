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

pub use checks::Checks;
pub use shelf::{Record, Shelf};

use crate::vocabulary::Kind;

impl Kind {
    /// What leads from a kind's name to what that kind alone knows.
    #[must_use]
    pub fn shelf(self) -> &'static dyn Shelf {
        match self {
            Self::Source => shelf::of::<sources::Source>(),
            Self::Authority => shelf::of::<authorities::Authority>(),
            Self::Partnership => shelf::of::<partnerships::Partnership>(),
            Self::Organisation => shelf::of::<organisations::Organisation>(),
            Self::Person => shelf::of::<people::Person>(),
            Self::Memorandum => shelf::of::<memoranda::Memorandum>(),
            Self::Visit => shelf::of::<visits::Visit>(),
            Self::Rencontre => shelf::of::<rencontres::Rencontre>(),
            Self::Session => shelf::of::<sessions::Session>(),
            Self::GoodPractice => shelf::of::<good_practices::GoodPractice>(),
            Self::Publication => shelf::of::<publications::Publication>(),
            Self::Framework => shelf::of::<frameworks::Framework>(),
            Self::Event => shelf::of::<events::Event>(),
            Self::PartnerRequest => shelf::of::<partner_requests::PartnerRequest>(),
        }
    }
}
