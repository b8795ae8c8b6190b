//! Members of a partnership: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::reference::AuthorityRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::partnership::{
    Answer, PartnershipCategory, PartnershipStatus, PartyRole, SinceBasis,
};
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// One of the authorities that a partnership joins.
    pub struct Party {
        /// The local authority.
        pub authority: AuthorityRef,
        /// Whether it leads or takes part.
        pub role: Option<PartyRole>,
    }

    /// CLAIR's three criteria of a sister relation (姉妹提携).
    pub struct ClairCriteria {
        /// The agreement is signed by the heads of both authorities.
        pub signed_by_heads: Option<Answer>,
        /// The exchange is not limited to one field.
        pub not_field_limited: Option<Answer>,
        /// The assembly approved it.
        pub assembly_approved: Option<Answer>,
    }

    /// A lasting relation between local authorities of France and Japan.
    pub struct Partnership {
        /// What the two sides call their relation.
        pub category: PartnershipCategory,
        /// How it stands.
        pub status: PartnershipStatus,
        /// Why it stands so.
        pub status_reason: Option<Text>,
        /// The authorities, at least one of each country, each once.
        #[schema(min_items = 2)]
        pub parties: Vec<Party>,
        /// Since when it exists.
        pub since: Option<PartialDate>,
        /// What the date is the date of.
        pub since_basis: Option<SinceBasis>,
        /// Until when it existed.
        pub until: Option<PartialDate>,
        /// When something was last done.
        pub last_activity: Option<PartialDate>,
        /// The fields of cooperation.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// Its own name, where it has one; otherwise its label shows the parties.
        pub name: Option<Text>,
        /// The relation in a few sentences.
        pub summary: Option<Text>,
        /// How it came about and went on.
        pub history: Option<Text>,
        /// CLAIR's three criteria.
        pub clair_criteria: Option<ClairCriteria>,
    }
}
