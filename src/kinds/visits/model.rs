//! Members of a visit: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::reference::{AuthorityRef, BodyRef, PartnershipRef, PersonRef, ResultRef};
use crate::domain::text::Text;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::visit::{Direction, VisitCategory, VisitOutcome, VisitPurpose};

body_struct! {
    /// Somebody who travels or receives: a person, a body represented, or both.
    pub struct Delegate {
        /// The person.
        pub person: Option<PersonRef>,
        /// The authority or organisation represented.
        pub represents: Option<BodyRef>,
        /// The title, in the words of the time.
        pub title: Option<Text>,
    }

    /// A part of the journey.
    pub struct Stop {
        /// The authority visited.
        pub authority: Option<AuthorityRef>,
        /// The place, in words.
        pub place: Option<Text>,
        /// When.
        pub dates: Option<PartialDate>,
        /// What was done there.
        pub activity: Option<Text>,
        /// Who of the delegation was there, where not all were.
        pub delegates: Vec<PersonRef>,
    }

    /// Something a visit is for: a code, words or both.
    pub struct StatedPurpose {
        /// The purpose.
        pub code: Option<VisitPurpose>,
        /// The purpose, in the source's words.
        pub text: Option<Text>,
    }

    /// Something that came of a visit: a code, words, a record or several of these.
    pub struct StatedOutcome {
        /// The outcome.
        pub code: Option<VisitOutcome>,
        /// The outcome, in the source's words.
        pub text: Option<Text>,
        /// The text, the relation or the event that came of it.
        pub result: Option<ResultRef>,
    }

    /// A journey of a delegation from one country to the other.
    pub struct Visit {
        /// What it is.
        pub category: VisitCategory,
        /// Which way it goes.
        pub direction: Direction,
        /// What it is called.
        pub title: Text,
        /// When it takes place.
        pub dates: PartialDate,
        /// Who travels.
        pub delegation: Vec<Delegate>,
        /// Who receives.
        pub hosts: Vec<Delegate>,
        /// Where it leads, in order.
        pub stops: Vec<Stop>,
        /// What it is for.
        pub purposes: Vec<StatedPurpose>,
        /// What came of it.
        pub outcomes: Vec<StatedOutcome>,
        /// The relations it serves.
        pub partnerships: Vec<PartnershipRef>,
        /// The fields of cooperation.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
    }
}
