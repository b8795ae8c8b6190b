//! Members of an event: the body of requests and responses.

use crate::domain::body_field::body_struct;
use crate::domain::partial_date::PartialDate;
use crate::domain::reference::{ActorRef, BodyRef, FollowedRef};
use crate::domain::text::Text;
use crate::domain::vocabularies::visit::EventCategory;

body_struct! {
    /// A dated event.
    pub struct Event {
        /// What it is.
        pub category: EventCategory,
        /// What it is called.
        pub title: Text,
        /// When it takes place.
        pub dates: PartialDate,
        /// Who organises it.
        pub organisers: Vec<BodyRef>,
        /// What it is about, in words.
        pub topic: Option<Text>,
        /// Who takes part.
        pub participants: Vec<ActorRef>,
        /// The text, visit or edition that it follows from; its themes are then those of that record.
        pub follows: Option<FollowedRef>,
    }
}
