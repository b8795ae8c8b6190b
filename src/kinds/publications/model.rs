//! Members of a publication: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::read_values::{LanguageTag, Url};
use crate::domain::reference::OrganisationRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::publication::PublicationCategory;

body_struct! {
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
