//! Members of a source: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::read_values::{LanguageTag, Sha256, Url};
use crate::domain::text::Text;
use crate::domain::vocabularies::citation::Reliability;

body_struct! {
    /// A document that citations name: a page, a report, a communiqué.
    pub struct Source {
        /// Its title.
        pub title: Text,
        /// Who published it.
        pub publisher: Option<Text>,
        /// Where it is read.
        pub url: Option<Url>,
        /// The languages it is written in.
        #[schema(value_type = Vec<LanguageTag>)]
        pub languages: SortedSet<LanguageTag>,
        /// When it was published.
        pub published: Option<PartialDate>,
        /// When it was read for the registry.
        pub retrieved: Option<PartialDate>,
        /// The SHA-256 digest of the file that was read.
        pub sha256: Option<Sha256>,
        /// How close it is to the fact: a primary document, an official page, the press, other.
        pub reliability: Option<Reliability>,
    }
}
