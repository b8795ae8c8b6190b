//! Members of a partner request: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::reference::AuthorityRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// An authority's call for a partner.
    pub struct PartnerRequest {
        /// The authority that looks for a partner.
        pub authority: AuthorityRef,
        /// The country in which it looks: the one that is not its own.
        pub wanted_country: Country,
        /// The fields of cooperation it has in mind.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// What it offers and wishes for, in its words.
        pub text: Text,
        /// Since when it looks.
        pub opened: Option<PartialDate>,
        /// Until when it looked.
        pub closed: Option<PartialDate>,
    }
}
