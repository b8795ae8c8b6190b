//! What is recorded of a session.

use crate::vocabulary::codes::{Audience, PartOfDay, SessionCategory, Theme};
use crate::vocabulary::member::SortedSet;
use crate::vocabulary::quantity::Count;
use crate::vocabulary::reference::RencontreRef;
use crate::vocabulary::{PartialDate, Text};

crate::body_struct! {
    /// A point of the programme of an edition of the Rencontres.
    pub struct Session {
        /// The edition.
        pub rencontre: RencontreRef,
        /// Where it stands in the programme.
        pub position: Count,
        /// What it is.
        pub category: SessionCategory,
        /// What it is called.
        pub title: Text,
        /// Its number among those of its category (workshop 2).
        pub number: Option<Count>,
        /// When it takes place.
        pub date: Option<PartialDate>,
        /// At what time of the day.
        pub part_of_day: Option<PartOfDay>,
        /// Where it takes place.
        pub place: Option<Text>,
        /// For whom it is.
        pub audience: Option<Audience>,
        /// The fields of cooperation.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// What happens in it.
        pub description: Option<Text>,
    }
}
