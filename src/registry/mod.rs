//! What the registry holds: the kinds, what each says of itself, and the engine that serves them all alike.

pub mod authorities;
pub mod checks;
pub mod collection;

pub mod engine;
pub mod filter;
pub mod memoranda;
pub mod organisations;
pub mod partnerships;
pub mod people;
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
        }
    }
}
