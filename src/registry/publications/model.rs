//! What is recorded of a publication.

use crate::vocabulary::codes::PublicationCategory;
use crate::vocabulary::member::SortedSet;
use crate::vocabulary::reference::OrganisationRef;
use crate::vocabulary::text::{LanguageTag, Url};
use crate::vocabulary::{PartialDate, Text};

crate::body_struct! {
    /// A publication, in one edition.
    pub struct Publication {
        /// What it is.
        pub category: PublicationCategory,
        /// Its title.
        pub title: Text,
        /// Who publishes it.
        pub publisher: Option<OrganisationRef>,
        /// The edition, in words.
        pub edition: Option<Text>,
        /// When it was published.
        pub published: Option<PartialDate>,
        /// The languages it is written in.
        #[schema(value_type = Vec<LanguageTag>)]
        pub languages: SortedSet<LanguageTag>,
        /// Where it is read.
        pub url: Option<Url>,
    }
}
