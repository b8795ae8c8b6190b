//! Members of a memorandum: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::read_values::Url;
use crate::domain::reference::{
    ActorRef, AuthorityRef, BodyRef, FollowUpRef, MemorandumRef, PartnershipRef, PersonRef,
};
use crate::domain::text::Text;
use crate::domain::vocabularies::partnership::{
    FollowUpCategory, FollowUpStatus, MemorandumCategory, MemorandumStatus,
};
use crate::domain::vocabularies::role::Role;
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// One of those whom the text binds.
    pub struct SigningParty {
        /// The authority or organisation.
        pub party: BodyRef,
    }

    /// Who signed for a party.
    pub struct Signatory {
        /// The party, one of `parties`.
        pub party: BodyRef,
        /// The person.
        pub person: Option<PersonRef>,
        /// The office in which the person signed.
        pub role: Option<Role>,
        /// The title, in the words of the text.
        pub title: Option<Text>,
    }

    /// A decision by which a party approved the text.
    pub struct Approval {
        /// The authority.
        pub authority: Option<AuthorityRef>,
        /// The assembly or office that decided.
        pub body: Option<Text>,
        /// When it decided.
        pub decided: Option<PartialDate>,
        /// The number of the decision.
        #[schema(example = "2021-R-112")]
        pub reference: Option<String>,
    }

    /// Something that the parties announced or did in consequence.
    pub struct FollowUp {
        /// What it is.
        pub category: Option<FollowUpCategory>,
        /// Whether it was done.
        pub status: Option<FollowUpStatus>,
        /// What it is, in words.
        pub description: Option<Text>,
        /// Who leads it.
        pub leaders: Vec<ActorRef>,
        /// When it is to be done or was done.
        pub when: Option<PartialDate>,
        /// The visit, event or text it led to.
        pub outcome: Option<FollowUpRef>,
    }

    /// A signed text.
    pub struct Memorandum {
        /// What the parties call it.
        pub category: MemorandumCategory,
        /// Its title.
        pub title: Text,
        /// How it stands.
        pub status: MemorandumStatus,
        /// The lasting relation it belongs to.
        pub partnership: Option<PartnershipRef>,
        /// Whom it binds, at least one, each once; the authorities are parties of the partnership.
        #[schema(min_items = 1)]
        pub parties: Vec<SigningParty>,
        /// When it was signed.
        pub signed: Option<PartialDate>,
        /// Where it was signed.
        pub place: Option<Text>,
        /// From when it is in force.
        pub in_force_from: Option<PartialDate>,
        /// Until when it is in force.
        pub expires: Option<PartialDate>,
        /// The text that it renews.
        pub renewal_of: Option<MemorandumRef>,
        /// Who signed.
        pub signatories: Vec<Signatory>,
        /// The fields of cooperation.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// What it is for, in its own words.
        pub purposes: Vec<Text>,
        /// Who approved it.
        pub approvals: Vec<Approval>,
        /// What came or is to come of it.
        pub follow_ups: Vec<FollowUp>,
        /// The text in a few sentences.
        pub summary: Option<Text>,
        /// Where the text itself is read.
        pub document_url: Option<Url>,
    }
}
