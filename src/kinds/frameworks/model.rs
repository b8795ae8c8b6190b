//! Members of a framework: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::quantity::Count;
use crate::domain::reference::{OrganisationRef, RencontreRef};
use crate::domain::state_code::StateCode;
use crate::domain::text::Text;
use crate::domain::vocabularies::publication::FrameworkCategory;
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// Something that the States say they will do.
    pub struct FrameworkMeasure {
        /// What it is, in the text's words.
        pub text: Option<Text>,
        /// The bodies that it names.
        pub bodies: Vec<OrganisationRef>,
        /// The edition of the Rencontres that it names.
        pub edition: Option<RencontreRef>,
    }

    /// An objective of a framework.
    pub struct Objective {
        /// Its number in the text; each once.
        #[schema(value_type = i64, minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 17)]
        pub number: Option<Count>,
        /// Its title.
        pub title: Option<Text>,
        /// The fields of cooperation that it names.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// What the States say they will do.
        pub measures: Vec<FrameworkMeasure>,
    }

    /// A text of the two States.
    pub struct Framework {
        /// What it is.
        pub category: FrameworkCategory,
        /// Its title.
        pub title: Text,
        /// When it was adopted.
        pub adopted: Option<PartialDate>,
        /// The time that it is for.
        pub period: Option<PartialDate>,
        /// The States that adopted it.
        #[schema(value_type = Vec<StateCode>)]
        pub states: SortedSet<StateCode>,
        /// What it says of the cooperation of authorities.
        pub text: Option<Text>,
        /// Its objectives.
        pub objectives: Vec<Objective>,
    }
}
