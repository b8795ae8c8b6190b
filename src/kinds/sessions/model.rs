//! Members of a session: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::quantity::Count;
use crate::domain::reference::RencontreRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::rencontre::{Audience, PartOfDay, SessionCategory};
use crate::domain::vocabularies::theme::Theme;

body_struct! {
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
